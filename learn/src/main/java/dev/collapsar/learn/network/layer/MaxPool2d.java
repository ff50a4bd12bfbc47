package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.max_pool2d;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The largest value of each square window, as PyTorch's MaxPool2d. */
public final class MaxPool2d extends Layer {
  private static final long[] DILATION = {1, 1};

  /** Below it a vector of processor's registers is not filled. */
  private static final int LEAST_CHANNELS = 16;

  private final long[] size;
  private final long[] stride;
  private final long[] padding;

  /** Windows of {@code size} x {@code size} pixels, side by side. */
  public MaxPool2d(int size) {
    this(size, size, 0);
  }

  /** Windows {@code stride} pixels apart, over images with {@code padding} pixels around. */
  public MaxPool2d(int size, int stride, int padding) {
    this.size = new long[] {size, size};
    this.stride = new long[] {stride, stride};
    this.padding = new long[] {padding, padding};
  }

  @Override
  protected Tensor forward(Tensor input) {
    if (halves(input)) {
      return halved(input);
    }
    return max_pool2d(input, size, stride, padding, DILATION, false); // (n,c,h',w')
  }

  /**
   * Whether the windows are pairs of pairs in memory, with enough channels between them, of an
   * input whose gradient nobody asks for. LibTorch's pooling also writes where each maximum was,
   * which takes two to three times as long.
   */
  private boolean halves(Tensor input) {
    return size[0] == 2
        && stride[0] == 2
        && padding[0] == 0
        && !input.requires_grad()
        && !input.is_cuda()
        && input.dim() == 4
        && input.size(1) >= LEAST_CHANNELS
        && input.size(2) % 2 == 0
        && input.size(3) % 2 == 0
        && input.is_contiguous(MemoryFormat.ChannelsLast);
  }

  /** The larger of each pair in a row, then of each pair of rows: the same values, no indices. */
  private static Tensor halved(Tensor input) {
    long images = input.size(0);
    long channels = input.size(1);
    long height = input.size(2) / 2;
    long width = input.size(3) / 2;
    Tensor columns =
        input.permute(0, 2, 3, 1).view(images, 2 * height, width, 2, channels); // (n,h,w',2,c)
    Tensor narrow = columns.select(3, 0).maximum(columns.select(3, 1)); // (n,h,w',c)
    Tensor rows = narrow.view(images, height, 2, width * channels); // (n,h',2,w'c)
    return rows.select(2, 0)
        .maximum(rows.select(2, 1))
        .view(images, height, width, channels)
        .permute(0, 3, 1, 2); // (n,c,h',w')
  }

  @Override
  List<String> script() {
    return List.of(
        "x = torch.max_pool2d(x, %s, %s, %s)"
            .formatted(Arrays.toString(size), Arrays.toString(stride), Arrays.toString(padding)));
  }
}

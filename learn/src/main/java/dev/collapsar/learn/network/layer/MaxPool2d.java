package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.max_pool2d;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The largest value of each square window, as PyTorch's MaxPool2d. */
public final class MaxPool2d extends Layer {
  private static final long[] DILATION = {1, 1};

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
    return max_pool2d(input, size, stride, padding, DILATION, false); // (n,c,h',w')
  }

  @Override
  List<String> script() {
    return List.of(
        "x = torch.max_pool2d(x, %s, %s, %s)"
            .formatted(Arrays.toString(size), Arrays.toString(stride), Arrays.toString(padding)));
  }
}

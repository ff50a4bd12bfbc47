package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.max_pool2d;

import org.bytedeco.pytorch.Tensor;

/** The largest value of each {@code size} x {@code size} window, windows side by side. */
public final class MaxPool2d extends Layer {
  private final long[] size;

  public MaxPool2d(int size) {
    this.size = new long[] {size, size};
  }

  @Override
  protected Tensor forward(Tensor input) {
    return max_pool2d(input, size); // (n,c,h/size,w/size)
  }
}

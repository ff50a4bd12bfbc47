package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.linear;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** y = x W^T + b for x (n,in), W (out,in), b (out). */
public final class Linear extends WeightedLayer {
  private final long in;

  public Linear(long in, long out) {
    super(empty(out, in), empty(out));
    this.in = in;
  }

  @Override
  public Tensor map(Tensor input, Tensor weight, TensorOptional bias) {
    return linear(input, like(input, weight), like(input, bias)); // (n,out)
  }

  @Override
  protected long fanIn() {
    return in;
  }
}

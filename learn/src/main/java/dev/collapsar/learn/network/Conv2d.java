package dev.collapsar.learn.network;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.empty;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * Two-dimensional convolution: x (n,in,h,w), W (out,in/groups,k,k), b (out) if present; square
 * kernel, stride and padding.
 */
public final class Conv2d extends WeightedLayer {
  private static final long[] DILATION = {1, 1};

  /** Kernel size, stride, padding, groups. */
  public record Geometry(int kernel, int stride, int padding, int groups) {
    public static Geometry kernel(int size) {
      return new Geometry(size, 1, 0, 1);
    }

    public Geometry withPadding(int pixels) {
      return new Geometry(kernel, stride, pixels, groups);
    }

    public Geometry withStride(int pixels) {
      return new Geometry(kernel, pixels, padding, groups);
    }

    public Geometry withGroups(int count) {
      return new Geometry(kernel, stride, padding, count);
    }
  }

  private final Geometry geometry;
  private final long fanIn;

  public Conv2d(int in, int out, Geometry geometry, boolean withBias) {
    super(
        empty(out, in / geometry.groups(), geometry.kernel(), geometry.kernel()),
        withBias ? empty(out) : null);
    this.geometry = geometry;
    this.fanIn = (long) in / geometry.groups() * geometry.kernel() * geometry.kernel();
  }

  public Geometry geometry() {
    return geometry;
  }

  @Override
  public Tensor map(Tensor input, Tensor weight, TensorOptional bias) {
    return convolve(input, weight, bias, geometry.groups());
  }

  /** The convolution by other filters (out,in/groups,k,k) with this one's stride and padding. */
  public Tensor convolve(Tensor input, Tensor filters, TensorOptional bias, int groups) {
    long[] stride = {geometry.stride(), geometry.stride()};
    long[] padding = {geometry.padding(), geometry.padding()};
    return conv2d(input, filters, bias, stride, padding, DILATION, groups); // (n,out,h',w')
  }

  @Override
  protected long fanIn() {
    return fanIn;
  }
}

package dev.collapsar.learn.network.layer;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.empty;

import dev.collapsar.learn.weight.WeightSite;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LongOptional;
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
  private final int in;
  private final boolean normalised;

  public Conv2d(int in, int out, Geometry geometry, boolean withBias) {
    this(in, out, geometry, withBias, false);
  }

  /**
   * One without bias whose output is normalised next. It starts normal with variance 2 / (out k k),
   * as torchvision's residual networks do (He et al. 2015).
   */
  public static Conv2d beforeNorm(int in, int out, Geometry geometry) {
    return new Conv2d(in, out, geometry, false, true);
  }

  private Conv2d(int in, int out, Geometry geometry, boolean withBias, boolean normalised) {
    super(
        empty(out, in / geometry.groups(), geometry.kernel(), geometry.kernel()),
        withBias ? empty(out) : null);
    this.geometry = geometry;
    this.in = in;
    this.normalised = normalised;
  }

  public Geometry geometry() {
    return geometry;
  }

  @Override
  public Tensor map(Tensor input, Tensor weight, TensorOptional bias) {
    return convolve(input, like(input, weight), like(input, bias), geometry.groups());
  }

  /** By filters (out,in/g,k,k) in the g groups that their shape says. */
  @Override
  public Tensor map(Tensor input, Tensor filters) {
    int groups = geometry.groups() == 1 ? 1 : (int) (in / filters.size(1));
    return convolve(input, filters, new TensorOptional(), groups);
  }

  /** The convolution by other filters (out,in/groups,k,k) with this one's stride and padding. */
  private Tensor convolve(Tensor input, Tensor filters, TensorOptional bias, int groups) {
    if (geometry.kernel() == 1 && geometry.padding() == 0 && geometry.stride() > 1) {
      // The same values. oneDNN's backward pass of strided 1x1 filters writes past its memory for
      // fewer than 16 channels that lie innermost, and kills the process.
      return convolve(thinned(input), filters, bias, 1, 0, groups); // (n,out,h',w')
    }
    return convolve(input, filters, bias, geometry.stride(), geometry.padding(), groups);
  }

  private static Tensor convolve(
      Tensor input, Tensor filters, TensorOptional bias, long stride, long padding, int groups) {
    long[] strides = {stride, stride};
    long[] paddings = {padding, padding};
    return conv2d(input, filters, bias, strides, paddings, DILATION, groups); // (n,out,h',w')
  }

  /** Every stride-th row and column (n,in,h',w'). */
  private Tensor thinned(Tensor input) {
    LongOptional all = new LongOptional();
    return input
        .slice(2, all, all, geometry.stride())
        .slice(3, all, all, geometry.stride()); // (n,in,h',w')
  }

  @Override
  Optional<WeightSite> site(String path) {
    return Optional.of(site(path, WeightSite.Kind.CONV2D, geometry.groups()));
  }

  @Override
  protected long fanIn() {
    return (long) in / geometry.groups() * geometry.kernel() * geometry.kernel();
  }

  @Override
  protected void initialize(Generator generator) {
    if (normalised) {
      Tensor filters = weight().original();
      double fanOut = (double) filters.size(0) * geometry.kernel() * geometry.kernel();
      filters.normal_(0, Math.sqrt(2 / fanOut), new GeneratorOptional(generator));
    } else {
      super.initialize(generator);
    }
  }

  @Override
  protected List<String> script() {
    return List.of(
        "x = torch.conv2d(x, self.weight, %s, [%2$s, %2$s], [%3$s, %3$s], [1, 1], %4$s)"
            .formatted(
                bias() == null ? "None" : "self.bias",
                geometry.stride(),
                geometry.padding(),
                geometry.groups()));
  }
}

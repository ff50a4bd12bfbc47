package dev.collapsar.learn.adapter;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.Optional;

/**
 * The trained tensors of one adapted layer.
 *
 * @param a Linear (r,in), Conv2d (r,in,kh,kw), Embedding (r,num)
 * @param b Linear (out,r), Conv2d (out,r/groups,1,1), Embedding (dim,r)
 * @param bias of B (out), if it has one
 * @param magnitude DoRA's norm of each of the weight's rows, if there is one: Linear (out), Conv2d
 *     (1,out,1,1), Embedding (dim), of its columns
 */
public record LoraFactors(
    Kind kind,
    StoredTensor a,
    StoredTensor b,
    Optional<StoredTensor> bias,
    Optional<StoredTensor> magnitude) {

  /**
   * @throws IllegalArgumentException if the shapes do not fit together or the elements are not real
   *     numbers
   */
  public LoraFactors {
    int dimensions = kind == Kind.CONV2D ? 4 : 2;
    long[] wide = a.shape();
    long[] tall = b.shape();
    boolean fits = wide.length == dimensions && tall.length == dimensions && a.elements() > 0;
    if (fits && kind == Kind.CONV2D) {
      fits = tall[1] > 0 && wide[0] % tall[1] == 0 && tall[2] == 1 && tall[3] == 1;
    } else if (fits) {
      fits = tall[1] == wide[0];
    }
    if (!fits || b.elements() == 0 || !a.type().isFloating() || !b.type().isFloating()) {
      throw new IllegalArgumentException(
          "A is %s and B is %s, which are not the factors of a %s layer%s"
              .formatted(
                  a,
                  b,
                  kind,
                  wide.length == 3 || wide.length == 5
                      ? " (those of Conv1d and Conv3d merge into a base, and do nothing else here)"
                      : ""));
    }
    require("the bias of B", bias, tall[0]);
    require("the magnitude vector", magnitude, tall[0]);
  }

  /** Factors without bias and magnitude. */
  public static LoraFactors of(Kind kind, StoredTensor a, StoredTensor b) {
    return new LoraFactors(kind, a, b, Optional.empty(), Optional.empty());
  }

  /** The same with this bias of B, or none. */
  LoraFactors withBias(Optional<StoredTensor> other) {
    return new LoraFactors(kind, a, b, other, magnitude);
  }

  /** r. */
  public int rank() {
    return Math.toIntExact(a.shape()[0]);
  }

  /** Of a convolution; 1 of other layers. */
  public int groups() {
    return Math.toIntExact(a.shape()[0] / b.shape()[1]);
  }

  /** The shape of the weight that these factors adapt. */
  public long[] weightShape() {
    long[] shape = a.shape();
    long out = b.shape()[0];
    if (kind == Kind.EMBEDDING) {
      return new long[] {shape[1], out}; // (num,dim)
    }
    shape[0] = out;
    shape[1] /= groups(); // A sees the inputs of all groups, an output those of its own
    return shape;
  }

  /** The number of trained elements. */
  public long parameters() {
    return (long) a.elements()
        + b.elements()
        + bias.map(StoredTensor::elements).orElse(0)
        + magnitude.map(StoredTensor::elements).orElse(0);
  }

  private static void require(String what, Optional<StoredTensor> vector, long length) {
    vector.ifPresent(
        v -> {
          if (v.elements() != length || !v.type().isFloating()) {
            throw new IllegalArgumentException(
                "%s is %s, must have %s elements".formatted(what, v, length));
          }
        });
  }
}

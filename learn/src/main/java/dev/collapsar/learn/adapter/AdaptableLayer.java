package dev.collapsar.learn.adapter;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.weight.WeightSite.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A layer that can carry an adapter, in numbers.
 *
 * @param name the dotted name, such as {@code layer4.1.conv2}
 * @param shape of its weight: Linear (out,in), Conv2d (out,in/groups,kh,kw), Embedding (num,dim)
 * @param groups of a convolution, else 1
 */
public record AdaptableLayer(String name, Kind kind, List<Long> shape, int groups) {
  private static final String WEIGHT = ".weight";

  public AdaptableLayer {
    shape = List.copyOf(shape);
    if (shape.size() != kind.dimensions() || groups < 1) {
      throw new IllegalArgumentException(
          "%s: a %s weight has %s dimensions and at least one group, got %s in %s"
              .formatted(name, kind, kind.dimensions(), shape, groups));
    }
  }

  /** A layer without groups. */
  public static AdaptableLayer of(String name, Kind kind, long... shape) {
    return new AdaptableLayer(name, kind, Arrays.stream(shape).boxed().toList(), 1);
  }

  /**
   * The layers that a bare state dict suggests, in its order: a floating {@code X.weight} of two
   * dimensions is a Linear layer X, one of four a Conv2d without groups. An embedding looks like a
   * Linear layer, and groups do not show; whoever has the network itself asks that.
   */
  public static List<AdaptableLayer> inferred(Map<String, FileTensor> state) {
    List<AdaptableLayer> layers = new ArrayList<>();
    state.forEach(
        (name, tensor) -> {
          int dimensions = tensor.shape().length;
          if (name.endsWith(WEIGHT)
              && tensor.isFloating()
              && (dimensions == 2 || dimensions == 4)) {
            String layer = name.substring(0, name.length() - WEIGHT.length());
            layers.add(of(layer, dimensions == 2 ? Kind.LINEAR : Kind.CONV2D, tensor.shape()));
          }
        });
    return List.copyOf(layers);
  }

  /** The number of the weight's elements. */
  public long parameters() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** {@code fc Linear [10, 512]}. */
  @Override
  public String toString() {
    return name + " " + kind + " " + shape + (groups > 1 ? " in " + groups + " groups" : "");
  }
}

package dev.collapsar.learn.weight;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A place in a network where a weight acts linearly on what enters: where adapters can attach.
 *
 * @param module by what name adapters call it: the dotted one of the module that has the weight,
 *     such as {@code layer4.1.conv2}, with {@value #WITHIN_WRAPPED} where PEFT adapts it along with
 *     the module around it
 * @param groups of a convolution, else 1
 * @param weight the tensor with what sits on it
 * @param bias the module's, if it has one
 * @param map what the module does with the weight
 * @param training whether the module is in training mode now
 */
public record WeightSite(
    String module,
    Kind kind,
    int groups,
    Weight weight,
    Optional<Weight> bias,
    LinearMap map,
    BooleanSupplier training) {
  /** What PEFT writes between a module that it wraps and one inside it. */
  public static final String WITHIN_WRAPPED = ".base_layer.";

  /** What the map is. */
  public enum Kind {
    /** Weight (out,in). */
    LINEAR("Linear", 2),
    /** Weight (out,in/groups,kh,kw). */
    CONV2D("Conv2d", 4),
    /** Weight (num,dim); the inputs are indices. */
    EMBEDDING("Embedding", 2);

    private final String common;
    private final int dimensions;

    Kind(String common, int dimensions) {
      this.common = common;
      this.dimensions = dimensions;
    }

    /** How many dimensions its weight has. */
    public int dimensions() {
      return dimensions;
    }

    @Override
    public String toString() {
      return common;
    }
  }

  /** Of the weight. */
  public List<Long> shape() {
    return Arrays.stream(weight.original().shape()).boxed().toList();
  }
}

package dev.collapsar.learn.network;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Something that turns a layer's weight into another one: a low-rank update, a magnitude, a
 * learnable scale. A weight carries a list of them, applied in order; the original is never written
 * to.
 */
public interface Reparametrization extends AutoCloseable {
  /**
   * The weight after this reparametrization, of the same shape; differentiable in {@link
   * #parameters}.
   */
  Tensor apply(Tensor weight);

  /**
   * Whether the effect on the layer's output is a term added to it, which {@link #outputChange}
   * computes from the input without forming a weight. It must then not depend on the weight that
   * {@link #apply} is given.
   */
  default boolean isAdditive() {
    return false;
  }

  /** What is added to the output of {@code layer} for this input; only if {@link #isAdditive}. */
  default Tensor outputChange(WeightedLayer layer, Tensor input) {
    throw new UnsupportedOperationException(getClass().getSimpleName() + " is not additive");
  }

  /** Its trainable tensors by short name, such as {@code lora_A}. */
  Map<String, Tensor> parameters();

  @Override
  void close();
}

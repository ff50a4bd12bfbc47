package dev.collapsar.learn.weight;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
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
   * {@link #apply} is given, though it may on the original one.
   */
  default boolean isAdditive() {
    return false;
  }

  /**
   * What is added to the layer's output for this input; only if {@link #isAdditive}.
   *
   * @param map what the layer does with a weight
   * @param output what the layer makes of the input with its original weight, its bias included
   */
  default Tensor outputChange(LinearMap map, Tensor input, Tensor output) {
    throw new UnsupportedOperationException(getClass().getSimpleName() + " is not additive");
  }

  /**
   * A low-rank update of a Linear or Conv2d layer as what {@link #outputChange} does with it.
   *
   * @param down (r,in) or (r,in,kh,kw), a weight of the layer's own map
   * @param up (out,r) or (out,r,1,1), what follows it: with the scale, without a bias
   */
  record ThinMaps(Tensor down, Tensor up) {}

  /**
   * The effect as two thin maps one after the other, differentiable in {@link #parameters}; empty
   * if it is something else.
   */
  default Optional<ThinMaps> thinMaps() {
    return Optional.empty();
  }

  /**
   * Whether {@link #apply} says the same of a layer in training mode as {@link #outputChange}: not
   * if the input is dropped at random or the update does not have the weight's shape.
   */
  default boolean hasWeightForm() {
    return true;
  }

  /** Whether {@link #apply} ignores the weight that it is given. */
  default boolean isReplacement() {
    return false;
  }

  /** Its parameters by short name, such as {@code lora_A}; frozen ones require no gradient. */
  Map<String, Tensor> parameters();

  /** Every tensor that it owns: the parameters, and what else moves to another device with them. */
  default Collection<Tensor> tensors() {
    return parameters().values();
  }

  /**
   * An epoch of training begins, counted from 1: what is drawn in it is a function of its number
   * and of what was drawn in it before, so that a training that broke off can go on with it.
   */
  default void beginEpoch(int number) {}

  @Override
  void close();
}

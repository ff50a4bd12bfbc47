package dev.collapsar.learn.adapter.part;

import java.util.Optional;

/** A part that adds something to the weight that does not depend on it: W' = W + U. */
public interface Additive extends Part {
  /**
   * U as a product, read from its tensors. Empty where its shape depends on the base, or it is no
   * product of few columns.
   */
  default Optional<FactoredUpdate> factored() {
    return Optional.empty();
  }
}

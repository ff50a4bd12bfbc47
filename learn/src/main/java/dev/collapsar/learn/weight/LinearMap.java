package dev.collapsar.learn.weight;

import org.bytedeco.pytorch.Tensor;

/**
 * The function of a layer with its weight, without its bias: linear in both. All that a {@link
 * Reparametrization} needs to know of a layer.
 */
public interface LinearMap {
  /**
   * The layer's output for this input if this were its weight. Another number of outputs than the
   * layer's own is allowed, and of a convolution in groups a weight that sees all channels.
   *
   * @param weight in the input's element type
   */
  Tensor map(Tensor input, Tensor weight);
}

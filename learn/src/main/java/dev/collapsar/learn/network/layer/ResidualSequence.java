package dev.collapsar.learn.network.layer;

import org.bytedeco.pytorch.Tensor;

/**
 * Layers one after the other, named as in {@link Sequential}, whose result is added to the input.
 */
final class ResidualSequence extends Layer {
  private final Sequential branch;

  ResidualSequence(Layer... layers) {
    branch = new Sequential(layers);
    branch.children().forEach(this::child);
  }

  @Override
  protected Tensor forward(Tensor input) {
    return input.add(branch.apply(input));
  }
}

package dev.collapsar.learn.network;

import org.bytedeco.pytorch.Tensor;

/**
 * Layers one after the other, named as in {@link Sequential}, whose result is added to the input.
 */
final class ResidualSequence extends Layer {
  ResidualSequence(Layer... layers) {
    for (int i = 0; i < layers.length; i++) {
      child(Integer.toString(i), layers[i]);
    }
  }

  @Override
  protected Tensor forward(Tensor input) {
    Tensor value = input;
    for (Layer layer : children().values()) {
      value = layer.apply(value);
    }
    return input.add(value);
  }
}

package dev.collapsar.learn.network;

import org.bytedeco.pytorch.Tensor;

/** Layers one after the other, named {@code 0}, {@code 1}, ... as PyTorch names them. */
public final class Sequential extends Layer {
  public Sequential(Layer... layers) {
    for (int i = 0; i < layers.length; i++) {
      child(Integer.toString(i), layers[i]);
    }
  }

  private Sequential() {}

  /**
   * Layers one after the other under names of their own; an even number of arguments: name, layer,
   * name, layer...
   */
  static Sequential named(String first, Layer a, String second, Layer b) {
    Sequential sequence = new Sequential();
    sequence.child(first, a);
    sequence.child(second, b);
    return sequence;
  }

  @Override
  protected Tensor forward(Tensor input) {
    Tensor value = input;
    for (Layer layer : children().values()) {
      value = layer.apply(value);
    }
    return value;
  }
}

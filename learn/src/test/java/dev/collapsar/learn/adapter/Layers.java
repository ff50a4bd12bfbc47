package dev.collapsar.learn.adapter;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.layer.BatchNorm2d;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.Conv2d.Geometry;
import dev.collapsar.learn.network.layer.Embedding;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.Sequential;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import java.util.Random;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** Networks whose layer {@code 0} is of each kind, and inputs for them. */
enum Layers {
  LINEAR(() -> new Sequential(new Linear(7, 6), new Linear(6, 3))),
  CONV2D(
      () ->
          new Sequential(
              new Conv2d(4, 6, Geometry.kernel(3).withStride(2).withPadding(1), true),
              new BatchNorm2d(6),
              Layer.flatten(),
              new Linear(6 * 3 * 3, 3))),
  GROUPED(
      () ->
          new Sequential(
              new Conv2d(4, 6, Geometry.kernel(3).withStride(2).withPadding(1).withGroups(2), true),
              Layer.flatten(),
              new Linear(6 * 3 * 3, 3))),
  EMBEDDING(() -> new Sequential(new Embedding(9, 5), Layer.flatten(), new Linear(4 * 5, 3)));

  static final int SAMPLES = 8;
  static final int CLASSES = 3;

  private final Supplier<Layer> layers;

  Layers(Supplier<Layer> layers) {
    this.layers = layers;
  }

  LayerNetwork network() {
    String head = this == LINEAR ? "1" : this == CONV2D ? "3" : "2";
    return LayerNetwork.initialized(new Composed(name(), head, layers), new Seed(4));
  }

  Tensor input() {
    Random random = new Random(6);
    if (this == EMBEDDING) {
      int[] indices = random.ints(SAMPLES * 4L, 0, 9).toArray();
      return TensorBridge.indices(indices, indices.length).view(SAMPLES, 4);
    }
    long[] shape = this == LINEAR ? new long[] {SAMPLES, 7} : new long[] {SAMPLES, 4, 5, 5};
    float[] values = new float[this == LINEAR ? SAMPLES * 7 : SAMPLES * 100];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Tensor input = TensorBridge.floats(values, shape);
    return this == LINEAR ? input : TensorBridge.channelsLast(input);
  }

  float[] logits(Network network) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(input())));
  }

  /** A few steps large enough to show. */
  void train(Network network) {
    try (Trainer trainer = new Trainer(network, OptimizerSpec.Adam.withLearningRate(0.03))) {
      for (int i = 0; i < 3; i++) {
        TensorScope.run(() -> trainer.step(Input.of(input()), labels()));
      }
    }
  }

  static Tensor labels() {
    int[] labels = new int[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      labels[i] = i % CLASSES;
    }
    return TensorBridge.indices(labels, SAMPLES);
  }
}

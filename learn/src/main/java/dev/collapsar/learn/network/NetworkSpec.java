package dev.collapsar.learn.network;

import dev.collapsar.learn.network.Conv2d.Geometry;

/** What kind of network, in numbers: enough to build it anew. */
public sealed interface NetworkSpec {
  /** The architecture's name as recipes spell it. */
  String name();

  /**
   * The dotted name of the last Linear layer, whose input is the representation and whose rows are
   * the classifier.
   */
  String head();

  /** The layers, uninitialised. */
  Layer build();

  /**
   * Two 3x3 convolutions (32, 64 channels), each followed by ReLU and 2x2 max-pooling, then
   * Linear(64*(size/4)^2, 128), ReLU, Linear(128, classes); 421,642 parameters for 28x28 grey
   * images and ten classes. PyTorch names: {@code features.0}, {@code features.3}, {@code
   * classifier.1}, {@code classifier.3}.
   */
  record SmallCnn(int channels, int size, int classes) implements NetworkSpec {
    @Override
    public String name() {
      return "small-cnn";
    }

    @Override
    public String head() {
      return "classifier.3";
    }

    @Override
    public Layer build() {
      Geometry same3x3 = Geometry.kernel(3).withPadding(1);
      // Pooling before ReLU gives the same numbers (both are monotone) and leaves ReLU a quarter of
      // the values.
      Sequential features =
          new Sequential(
              new Conv2d(channels, 32, same3x3, true),
              new MaxPool2d(2),
              new Relu(),
              new Conv2d(32, 64, same3x3, true),
              new MaxPool2d(2),
              new Relu());
      long flat = 64L * (size / 4) * (size / 4);
      Sequential classifier =
          new Sequential(
              new Flatten(), new Linear(flat, 128), new Relu(), new Linear(128, classes));
      return Sequential.named("features", features, "classifier", classifier);
    }
  }
}

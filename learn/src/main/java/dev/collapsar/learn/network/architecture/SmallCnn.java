package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.Conv2d.Geometry;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Two 3x3 convolutions (32, 64 channels), each followed by ReLU and 2x2 max-pooling, then
 * Linear(64*(size/4)^2, 128), ReLU, Linear(128, classes); 421,642 parameters for 28x28 grey images
 * and ten classes. PyTorch names: {@code features.0}, {@code features.3}, {@code classifier.1},
 * {@code classifier.3}.
 */
public record SmallCnn(int channels, int size, int classes) implements NetworkSpec {
  static final Architecture ARCHITECTURE =
      new Architecture("small-cnn", SmallCnn::read, SmallCnn::guess);

  @Override
  public Map<String, Object> architecture() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", ARCHITECTURE.name());
    values.put("channels", channels);
    values.put("size", size);
    return values;
  }

  @Override
  public Optional<InputSpec> input() {
    return Optional.of(InputSpec.Image.unit(channels, size, size));
  }

  @Override
  public NetworkSpec withClasses(int count) {
    return new SmallCnn(channels, size, count);
  }

  @Override
  public boolean takes(List<Long> sample) {
    return sample.equals(List.of((long) channels, (long) size, (long) size));
  }

  @Override
  public String head() {
    return "classifier.3";
  }

  @Override
  public List<String> hidden() {
    return List.of("features.2", "features.5", "classifier.2");
  }

  @Override
  public Layer build() {
    Geometry same3x3 = Geometry.kernel(3).withPadding(1);
    // Pooling before ReLU gives the same numbers (both are monotone) and leaves ReLU a quarter of
    // the values.
    Sequential features =
        new Sequential(
            new Conv2d(channels, 32, same3x3, true),
            Layer.maxPool2d(2, 2, 0),
            Layer.relu(),
            new Conv2d(32, 64, same3x3, true),
            Layer.maxPool2d(2, 2, 0),
            Layer.relu());
    long flat = 64L * (size / 4) * (size / 4);
    Sequential classifier =
        new Sequential(
            Layer.flatten(), new Linear(flat, 128), Layer.relu(), new Linear(128, classes));
    Map<String, Layer> parts = new LinkedHashMap<>();
    parts.put("features", features);
    parts.put("classifier", classifier);
    return Sequential.named(parts);
  }

  private static NetworkSpec read(CardNumbers numbers) {
    return new SmallCnn(numbers.integer("channels"), numbers.integer("size"), numbers.classes());
  }

  private static Optional<ArchitectureGuess> guess(Map<String, long[]> shapes) {
    long[] first =
        shapes.getOrDefault("features.0.weight", Architecture.ABSENT); // (32,channels,3,3)
    long[] hidden =
        shapes.getOrDefault("classifier.1.weight", Architecture.ABSENT); // (128,64*(size/4)^2)
    long[] head = shapes.getOrDefault("classifier.3.weight", Architecture.ABSENT); // (classes,128)
    if (first.length != 4 || hidden.length != 2 || head.length != 2) {
      return Optional.empty();
    }
    int size = (int) (4 * Math.round(Math.sqrt(hidden[1] / 64.)));
    return Optional.of(
        new ArchitectureGuess(
            new SmallCnn((int) first[1], size, (int) head[0]),
            288. * first[1] + 128 * 64 * (size / 4.) * (size / 4.) + 128. * head[0],
            List.of(
                "images are %sx%s; up to %sx%s have the same tensors"
                    .formatted(size, size, size + 3, size + 3))));
  }

  /** Of images up to three pixels wider too. */
  @Override
  public boolean hasTensorsOf(NetworkSpec other) {
    return other instanceof SmallCnn cnn
        && channels == cnn.channels
        && size / 4 == cnn.size / 4
        && classes == cnn.classes;
  }
}

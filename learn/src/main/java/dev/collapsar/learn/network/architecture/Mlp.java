package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Linear layers {@code linear1}, {@code linear2}, ... with an activation between, on flattened
 * images. Widths 784, 1000, 2000, 10 give 2,807,010 parameters.
 *
 * @param widths inputs, hidden layers, classes: at least two
 */
public record Mlp(List<Integer> widths, Activation activation) implements NetworkSpec {
  /** What stands between two Linear layers. */
  public enum Activation {
    RELU,
    GELU;

    /** As cards and layer names spell it. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    private Layer layer() {
      return this == RELU ? Layer.relu() : Layer.gelu();
    }
  }

  static final Architecture ARCHITECTURE = new Architecture("mlp", Mlp::read, Mlp::guess);

  /** With ReLU. */
  public Mlp(List<Integer> widths) {
    this(widths, Activation.RELU);
  }

  public Mlp {
    widths = List.copyOf(widths);
    if (widths.size() < 2) {
      throw new IllegalArgumentException("an MLP has at least inputs and classes, got " + widths);
    }
  }

  @Override
  public Map<String, Object> architecture() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", ARCHITECTURE.name());
    values.put("inputs", widths.get(0));
    values.put("hidden", widths.subList(1, widths.size() - 1));
    values.put("activation", activation.key());
    return values;
  }

  @Override
  public Optional<InputSpec> input() {
    return Optional.of(InputSpec.Array.ofWidth(widths.get(0)));
  }

  @Override
  public NetworkSpec withClasses(int count) {
    List<Integer> others = new ArrayList<>(widths);
    others.set(widths.size() - 1, count);
    return new Mlp(others, activation);
  }

  @Override
  public boolean takes(List<Long> sample) {
    return Architecture.size(sample) == widths.get(0);
  }

  @Override
  public String head() {
    return "linear" + (widths.size() - 1);
  }

  @Override
  public List<String> hidden() {
    return IntStream.range(1, widths.size() - 1).mapToObj(i -> activation.key() + i).toList();
  }

  @Override
  public Layer build() {
    Map<String, Layer> layers = new LinkedHashMap<>();
    layers.put("flatten", Layer.flatten());
    for (int i = 1; i < widths.size(); i++) {
      layers.put("linear" + i, new Linear(widths.get(i - 1), widths.get(i)));
      if (i < widths.size() - 1) {
        layers.put(activation.key() + i, activation.layer());
      }
    }
    return Sequential.named(layers);
  }

  private static NetworkSpec read(CardNumbers numbers) {
    List<Integer> widths = new ArrayList<>();
    widths.add(numbers.integer("inputs"));
    widths.addAll(numbers.integers("hidden"));
    widths.add(numbers.classes());
    return new Mlp(widths, numbers.choice("activation", Activation.values(), Activation::key));
  }

  private static Optional<ArchitectureGuess> guess(Map<String, long[]> shapes) {
    List<Integer> widths = new ArrayList<>();
    for (int i = 1; ; i++) {
      long[] layer = shapes.getOrDefault("linear" + i + ".weight", Architecture.ABSENT); // (out,in)
      if (layer.length != 2) {
        break;
      }
      if (i == 1) {
        widths.add((int) layer[1]);
      }
      widths.add((int) layer[0]);
    }
    return widths.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ArchitectureGuess(
                new Mlp(widths),
                weights(widths),
                List.of("ReLU stands between the linear layers")));
  }

  private static double weights(List<Integer> widths) {
    double weights = 0;
    for (int i = 1; i < widths.size(); i++) {
      weights += (double) widths.get(i - 1) * widths.get(i);
    }
    return weights;
  }

  /** Of whatever activation: it has no tensors. */
  @Override
  public boolean hasTensorsOf(NetworkSpec other) {
    return other instanceof Mlp mlp && mlp.widths.equals(widths);
  }
}

package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.LayerNorm;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.network.layer.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An MLP of residual blocks on flattened images: h_0 = {@code embed}(x), h_{l+1} = h_l +
 * block_l(h_l), logits = {@code out_head}({@code out_ln}(h_L)). A block {@code blocks.<l>} is
 * LayerNorm ({@code .0}), Linear ({@code .1}), GELU, Linear ({@code .3}), each {@code width} wide.
 */
public record ResidualMlp(int inputs, int width, int classes, int blocks) implements NetworkSpec {
  static final Architecture ARCHITECTURE =
      new Architecture("residual-mlp", ResidualMlp::read, ResidualMlp::guess);

  @Override
  public Map<String, Object> architecture() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", ARCHITECTURE.name());
    values.put("inputs", inputs);
    values.put("width", width);
    values.put("blocks", blocks);
    return values;
  }

  @Override
  public Optional<InputSpec> input() {
    return Optional.of(InputSpec.Array.ofWidth(inputs));
  }

  @Override
  public NetworkSpec withClasses(int count) {
    return new ResidualMlp(inputs, width, count, blocks);
  }

  @Override
  public boolean takes(List<Long> sample) {
    return Architecture.size(sample) == inputs;
  }

  @Override
  public String head() {
    return "out_head";
  }

  @Override
  public List<String> hidden() {
    List<String> states = new ArrayList<>();
    states.add("embed");
    for (int l = 0; l < blocks; l++) {
      states.add("blocks." + l);
    }
    return states;
  }

  @Override
  public Layer build() {
    Layer[] parts = new Layer[blocks];
    for (int l = 0; l < blocks; l++) {
      parts[l] =
          new ResidualSequence(
              new LayerNorm(width),
              new Linear(width, width),
              Layer.gelu(),
              new Linear(width, width));
    }
    Map<String, Layer> layers = new LinkedHashMap<>();
    layers.put("flatten", Layer.flatten());
    layers.put("embed", new Linear(inputs, width));
    layers.put("blocks", new Sequential(parts));
    layers.put("out_ln", new LayerNorm(width));
    layers.put("out_head", new Linear(width, classes));
    return Sequential.named(layers);
  }

  private static NetworkSpec read(CardNumbers numbers) {
    return new ResidualMlp(
        numbers.integer("inputs"),
        numbers.integer("width"),
        numbers.classes(),
        numbers.integer("blocks"));
  }

  /** The residual MLP whose names and widths these are, whether or not the rest fits it. */
  public static Optional<ResidualMlp> likely(Map<String, long[]> shapes) {
    long[] embed = shapes.getOrDefault("embed.weight", Architecture.ABSENT); // (width,inputs)
    long[] head = shapes.getOrDefault("out_head.weight", Architecture.ABSENT); // (classes,width)
    if (embed.length != 2 || head.length != 2) {
      return Optional.empty();
    }
    int blocks = 0;
    while (shapes.containsKey("blocks.%s.1.weight".formatted(blocks))) {
      blocks++;
    }
    return Optional.of(new ResidualMlp((int) embed[1], (int) embed[0], (int) head[0], blocks));
  }

  private static Optional<ArchitectureGuess> guess(Map<String, long[]> shapes) {
    return likely(shapes).map(spec -> new ArchitectureGuess(spec, spec.weights(), List.of()));
  }

  private double weights() {
    return (double) width * (inputs + 2. * width * blocks + classes);
  }
}

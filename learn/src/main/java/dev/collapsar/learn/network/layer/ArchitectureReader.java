package dev.collapsar.learn.network.layer;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.layer.NetworkSpec.Mlp;
import dev.collapsar.learn.network.layer.NetworkSpec.ResNet18;
import dev.collapsar.learn.network.layer.NetworkSpec.ResidualMlp;
import dev.collapsar.learn.network.layer.NetworkSpec.SmallCnn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A card's architecture on its way to a network's numbers. */
record ArchitectureReader(Map<String, Object> values, int classes, String source) {
  private static final int LARGEST = 1 << 24;

  NetworkSpec spec() {
    return switch (String.valueOf(values.get("name"))) {
      case "small-cnn" -> new SmallCnn(integer("channels"), integer("size"), classes);
      case "mlp" -> mlp();
      case "resnet18" ->
          new ResNet18(
              integer("channels"),
              integer("width"),
              integer("growth"),
              choice("stem", ResNet18.Stem.values(), ResNet18.Stem::key),
              classes);
      case "residual-mlp" ->
          new ResidualMlp(integer("inputs"), integer("width"), classes, integer("blocks"));
      default -> throw bad("name", "small-cnn, mlp, resnet18 or residual-mlp");
    };
  }

  private Mlp mlp() {
    if (!(values.get("hidden") instanceof List<?> hidden)) {
      throw bad("hidden", "a list of integers");
    }
    List<Integer> widths = new ArrayList<>();
    widths.add(integer("inputs"));
    hidden.forEach(width -> widths.add(integer("hidden", width)));
    widths.add(classes);
    return new Mlp(widths, choice("activation", Mlp.Activation.values(), Mlp.Activation::key));
  }

  private int integer(String key) {
    return integer(key, values.get(key));
  }

  private int integer(String key, Object value) {
    if (value instanceof Integer number && number >= 1 && number <= LARGEST) {
      return number;
    }
    throw bad(key, "an integer from 1 to " + LARGEST);
  }

  private <T> T choice(String key, T[] choices, Function<T, String> spelling) {
    return Arrays.stream(choices)
        .filter(choice -> spelling.apply(choice).equals(values.get(key)))
        .findFirst()
        .orElseThrow(
            () -> bad(key, String.join(" or ", Arrays.stream(choices).map(spelling).toList())));
  }

  private InvalidInputException bad(String key, String allowed) {
    return new InvalidInputException(
        "%s: its card's architecture has %s=%s; it must be %s"
            .formatted(source, key, values.get(key), allowed));
  }
}

package dev.collapsar.learn.network.architecture;

import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.random.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The registry of architectures: a new one is a file of its own and one line here. */
public final class Architectures {
  private static final List<Architecture> ALL =
      List.of(
          SmallCnn.ARCHITECTURE, //
          Mlp.ARCHITECTURE,
          ResNet18.ARCHITECTURE,
          ResidualMlp.ARCHITECTURE);

  private Architectures() {}

  /** Their names, as settings and cards spell them. */
  public static List<String> names() {
    return ALL.stream().map(Architecture::name).toList();
  }

  /**
   * The network of a card.
   *
   * @param source the file as the user spelled it
   * @throws dev.collapsar.InvalidInputException if the card's architecture is none of these
   */
  public static NetworkSpec of(NetworkCard card, String source) {
    return of(card.architecture(), card.classes().size(), source);
  }

  /** Likewise, of the numbers that {@link NetworkSpec#architecture} gives and so many classes. */
  public static NetworkSpec of(Map<String, Object> architecture, int classes, String source) {
    CardNumbers numbers = new CardNumbers(architecture, classes, source);
    return ALL.stream()
        .filter(known -> known.name().equals(numbers.name()))
        .findFirst()
        .orElseThrow(() -> numbers.bad("name", allNames()))
        .read()
        .apply(numbers);
  }

  private static String allNames() {
    List<String> names = names();
    int last = names.size() - 1;
    return names.subList(0, last).stream()
        .collect(Collectors.joining(", ", "", " or " + names.get(last)));
  }

  /** Finds the network whose parameters and buffers have exactly these names and shapes. */
  public static Optional<ArchitectureGuess> guess(Map<String, long[]> shapes) {
    boolean possible =
        shapes.values().stream()
            .flatMapToLong(Arrays::stream)
            .allMatch(length -> length >= 1 && length <= Integer.MAX_VALUE);
    if (!possible) {
      return Optional.empty();
    }
    return ALL.stream()
        .flatMap(known -> known.guess().apply(shapes).stream())
        .findFirst()
        .filter(guess -> guess.weights() <= held(shapes)) // nothing is built of a claim
        .filter(guess -> fits(guess.spec(), shapes));
  }

  private static double held(Map<String, long[]> shapes) {
    return shapes.values().stream()
        .mapToDouble(shape -> Arrays.stream(shape).mapToDouble(n -> n).reduce(1, (a, b) -> a * b))
        .sum();
  }

  private static boolean fits(NetworkSpec spec, Map<String, long[]> shapes) {
    try (LayerNetwork network = LayerNetwork.initialized(spec, new Seed(0))) {
      return network.weights().match(shapes).isExact();
    }
  }
}

package dev.collapsar.cli.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.prediction.StoredNetworks;
import dev.collapsar.learn.weight.WeightSite;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a network is. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description = {
      "Say what a network is: its head, classes and input, its parameters, the shape "
          + "of one sample's values at each tap, and which weights adapters can reach.",
      ""
    },
    footer = {"", "Example:", "  collapsar network info model.pt"})
final class NetworkInfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE|RUN", description = "a network's file, or a run's directory")
  private Path file;

  @Mixin private NetworkChoice choice;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    try (StoredNetworks.Opened opened = choice.open(file, false)) {
      Network network = opened.network();
      stdout.printf(
          Locale.ROOT,
          "%s: %,d parameters%n%s%n",
          network.name(),
          network.weights().parameterCount(),
          head(network));
      boolean single = network.neededInputs().size() <= 1;
      stdout.println(single ? sample(network) : "takes " + network.neededInputs());
      card(network).forEach(stdout::println);
      opened.notes().forEach(stdout::println);
      opened.file().limits().forEach(stdout::println);
      Optional<List<Long>> shape = network.sampleShape().filter(known -> single);
      stdout.print(
          shape
              .map(known -> taps(network.tapShapes(known)))
              .orElseGet(() -> taps(network.modules()))
              .folded());
      stdout.print(weights(network).folded());
    }
    stdout.flush();
    return ExitCodes.DONE;
  }

  private static String head(Network network) {
    try {
      return String.format(
          Locale.ROOT, "head %s, %d classes", network.head().name(), network.head().classes());
    } catch (InvalidInputException e) {
      return "no head: " + e.getMessage();
    }
  }

  private static String sample(Network network) {
    return network.sampleShape().map(shape -> "one sample is " + text(shape)).orElse("any sample");
  }

  /** What a file says of its classes, its pixels and its training. */
  private static List<String> card(Network network) {
    NetworkCard card = network.card();
    List<String> lines = new ArrayList<>();
    if (!card.classes().isEmpty()) {
      lines.add("classes " + String.join(", ", card.classes()));
    }
    if (card.input().orElse(null) instanceof InputSpec.Image image) {
      lines.add(
          image.isUnit()
              ? "pixels enter in [0, 1]"
              : "pixels enter as (v / 255 - %s) / %s".formatted(image.mean(), image.std()));
      image
          .preparation()
          .ifPresent(how -> lines.add("images: " + how.words(image.height(), image.width())));
    } else if (network.sampleShape().filter(shape -> shape.size() == 3).isPresent()) {
      lines.add("the file does not say how its pixels were scaled: that must be said");
    }
    card.training()
        .ifPresent(how -> lines.add("trained by %s, seed %s".formatted(how.recipe(), how.seed())));
    card.testAccuracy()
        .ifPresent(share -> lines.add(String.format(Locale.ROOT, "test accuracy %.4f", share)));
    return lines;
  }

  private static TextTable taps(List<String> names) {
    TextTable table = new TextTable("tap");
    names.forEach(table::row);
    return table;
  }

  private static TextTable taps(Map<String, List<Long>> shapes) {
    TextTable table = new TextTable("tap", "shape");
    shapes.forEach((name, shape) -> table.row(name, text(shape)));
    return table;
  }

  private static TextTable weights(Network network) {
    TextTable table = new TextTable("adaptable", "kind", "weight", "groups");
    for (WeightSite site : network.weights().sites().values()) {
      table.row(
          site.module(), site.kind().toString(), text(site.shape()), String.valueOf(site.groups()));
    }
    return table;
  }

  private static String text(List<Long> shape) {
    return shape.stream().map(String::valueOf).collect(Collectors.joining("x", "(", ")"));
  }
}

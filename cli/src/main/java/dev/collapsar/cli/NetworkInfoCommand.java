package dev.collapsar.cli;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.WeightSite;
import dev.collapsar.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
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

  @Parameters(paramLabel = "FILE", description = "the network")
  private Path file;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    try (OpenedNetwork opened = NetworkFile.open(file)) {
      Network network = opened.network();
      stdout.printf(
          Locale.ROOT,
          "%s: %,d parameters%nhead %s, %d classes%n",
          network.name(),
          network.weights().parameterCount(),
          network.head().name(),
          network.head().classes());
      stdout.println(
          network.sampleShape().map(shape -> "one sample is " + text(shape)).orElse("any sample"));
      opened.assumptions().forEach(stdout::println);
      opened.limits().forEach(stdout::println);
      network
          .sampleShape()
          .ifPresent(shape -> stdout.print(taps(network.tapShapes(shape)).toText("")));
      stdout.print(weights(network).toText(""));
    }
    stdout.flush();
    return ExitCodes.DONE;
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

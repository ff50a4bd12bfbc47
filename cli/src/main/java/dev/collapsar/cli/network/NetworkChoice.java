package dev.collapsar.cli.network;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.learn.prediction.StoredNetworks;
import dev.collapsar.metric.CollapseOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which variant of a network that is there, and with what on it, as options of a command. */
final class NetworkChoice {
  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = "of a run (default: the best on its validation images, or the only one)")
  private String variant;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "with this adapter on it, PEFT's files")
  private Path adapter;

  @Option(
      names = "--head",
      paramLabel = "NAME",
      description = "of a .pt, the Linear that classifies (default: the one that makes the output)")
  private String head;

  @Option(
      names = "--output",
      paramLabel = "NAME",
      description = "of a .pt, the element (from 0) or key of what it returns (default: the first)")
  private String output;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "of this process (default: one a processor)")
  private int threads = CollapseOptions.defaults().threads();

  /**
   * Opens it.
   *
   * @param network its file or run
   * @param anySize whether the user said of what size samples are
   */
  StoredNetworks.Opened open(Path network, boolean anySize) {
    if (threads < 1) {
      throw new InvalidInputException("--threads %s: must be 1 or more".formatted(threads));
    }
    return StoredNetworks.open(
        new StoredNetworks.Choice(
            network,
            Optional.ofNullable(variant),
            Optional.ofNullable(adapter),
            new ScriptOptions(Optional.ofNullable(head), Optional.ofNullable(output), anySize)));
  }

  int threads() {
    return threads;
  }
}

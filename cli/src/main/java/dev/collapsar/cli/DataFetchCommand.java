package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.learn.dataset.DataFolder;
import dev.collapsar.learn.dataset.Fetch;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.run.Progress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches data that do not come with the program. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Fetch images that do not come with the program, and check their hash.",
      "A download that broke off is kept as a .part file; the same command goes on from there.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar data fetch cifar10",
      "  collapsar data fetch cifar10 --to data       then: run ... --data-dir data",
      "  collapsar data fetch cifar10 --from cifar-10-binary.tar.gz"
    })
final class DataFetchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "as 'collapsar data list' shows it")
  private String name;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "where to put it (default: where recipes look for it)")
  private Path to = DataFolder.usual();

  @Option(
      names = "--from",
      paramLabel = "FILE|URL",
      description = "a copy (default: its owners' address)")
  private String from;

  @Override
  public Integer call() {
    PrintWriter stdout = spec.commandLine().getOut();
    NamedImages data =
        NamedImages.named(name)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "NAME %s: there are no such data; %s"
                            .formatted(
                                name,
                                Nearest.suggest(
                                    name,
                                    Arrays.stream(NamedImages.values())
                                        .map(NamedImages::key)
                                        .toList()))));
    try (Arrival arrival = new Arrival(new TerminalProgress(stdout))) {
      stdout.println(Fetch.into(to, data, from, arrival));
    }
    return ExitCodes.DONE;
  }

  /** A bar of the bytes that have arrived. */
  private static final class Arrival implements Fetch.Listener, AutoCloseable {
    private final Progress progress;
    private Progress.Bar bar;
    private long shown;

    Arrival(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void received(long bytes, long total) {
      if (bar == null) {
        bar = progress.bar("bytes", Math.max(total, bytes));
      }
      bar.advance(bytes - shown, ""); // backward when a server begins anew
      shown = bytes;
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}

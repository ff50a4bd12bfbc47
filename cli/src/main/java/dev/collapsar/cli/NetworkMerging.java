package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.AdapterMerge.Change;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.LogitCheck;
import dev.collapsar.learn.merge.NetworkMerge;
import dev.collapsar.random.Seed;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;

/** One adapter of any layout merged into a network of any size, as it is. */
final class NetworkMerging {
  private static final long PROBE_SEED = 0;

  private final Path base;
  private final Path adapter;
  private final Path out;
  private final boolean replace;
  private final double tolerance;
  private final PrintWriter stdout;
  private final PrintWriter stderr;

  NetworkMerging(
      Path base,
      Path adapter,
      Path out,
      boolean replace,
      double tolerance,
      CommandLine commandLine) {
    this.base = base;
    this.adapter = adapter;
    this.out = out;
    this.replace = replace;
    this.tolerance = tolerance;
    this.stdout = commandLine.getOut();
    this.stderr = commandLine.getErr();
  }

  void run() {
    try (AdapterLayouts.Opened opened = AdapterLayouts.open(adapter);
        BaseNetwork network = BaseNetwork.open(base)) {
      NetworkMerge merge = NetworkMerge.of(network, opened.adapter());
      Optional<AdapterFile> trained = trained();
      trained.ifPresent(a -> a.warnings().forEach(line -> stderr.println("warning: " + line)));
      merge.notes().forEach(stdout::println);
      MergeTables tables = new MergeTables(stdout);
      int threads = Runtime.getRuntime().availableProcessors();
      Map<String, Change> changes =
          NewOutput.isSafeTensors(out)
              ? merge.writeFile(out, threads, whole -> check(tables, network, trained, whole))
              : merge.writeFolder(out, replace, threads);
      tables.print(changes);
    }
    stdout.println(out);
    stdout.flush();
  }

  /** The adapter as networks here take it, if they do. */
  private Optional<AdapterFile> trained() {
    if (!Files.isDirectory(adapter)) {
      return Optional.empty();
    }
    try {
      return Optional.of(AdapterFile.read(adapter));
    } catch (InvalidInputException e) {
      return Optional.empty();
    }
  }

  private void check(
      MergeTables tables, BaseNetwork network, Optional<AdapterFile> trained, Path whole) {
    boolean held = network.bytes() <= Runtime.getRuntime().maxMemory() / 8;
    LogitCheck check =
        network.isFolder() || trained.isEmpty() || !held
            ? new LogitCheck.NotCompared("the base with the adapter is no network that is run here")
            : LogitCheck.of(
                Checkpoint.read(base).tensors(),
                trained.get(),
                Checkpoint.read(whole).tensors(),
                new Seed(PROBE_SEED));
    tables.print(check);
    tables.requireTolerable(check, tolerance, out);
  }
}

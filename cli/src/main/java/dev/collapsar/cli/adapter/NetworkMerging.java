package dev.collapsar.cli.adapter;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.NewOutput;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.Change;
import dev.collapsar.learn.merge.LogitCheck;
import dev.collapsar.learn.merge.NetworkMerge;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.random.Seed;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine;

/** An adapter of any layout, or a combination, merged into a network of any size. */
public final class NetworkMerging {
  private static final long PROBE_SEED = 0;

  private final Path base;
  private final Path out;
  private final boolean replace;
  private final OptionalDouble tolerance;
  private final Optional<List<String>> fanInFanOut;
  private final PrintWriter stdout;
  private final PrintWriter stderr;

  /**
   * @param tolerance of the logit check; if empty, what the element types that are merged explain
   * @param fanInFanOut the square layers that are (in,out), if the user says which
   */
  NetworkMerging(
      Path base,
      Path out,
      boolean replace,
      OptionalDouble tolerance,
      Optional<List<String>> fanInFanOut,
      CommandLine commandLine) {
    this.base = base;
    this.out = out;
    this.replace = replace;
    this.tolerance = tolerance;
    this.fanInFanOut = fanInFanOut;
    this.stdout = commandLine.getOut();
    this.stderr = commandLine.getErr();
  }

  /** Merges an adapter of any layout as it is. */
  void run(Path adapter) {
    try (AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
      Optional<AdapterFile> trained = trained(adapter);
      trained.ifPresent(
          a -> a.warningsBesideMerge().forEach(line -> stderr.println("warning: " + line)));
      run(opened.adapter(), trained);
    }
  }

  /** Merges an adapter in memory. */
  void run(AdapterFile adapter) {
    run(adapter.parts(), Optional.of(adapter));
  }

  private void run(AdapterTensors adapter, Optional<AdapterFile> trained) {
    try (BaseNetwork network = BaseNetwork.open(base)) {
      NetworkMerge merge = NetworkMerge.of(network, adapter, fanInFanOut);
      merge.notes().forEach(stdout::println);
      if (!NewOutput.isSafeTensors(out) && !merge.leftOut().isEmpty()) {
        stdout.println("left out beside the weights: " + String.join(", ", merge.leftOut()));
      }
      new MergeTables(stdout).print(written(network, merge, trained));
    }
  }

  private Map<String, Change> written(
      BaseNetwork network, NetworkMerge merge, Optional<AdapterFile> trained) {
    int threads = Runtime.getRuntime().availableProcessors();
    try (Reading progress = new Reading(new TerminalProgress(stdout), "bytes")) {
      progress.expect(merge.bytes());
      NetworkMerge watched = merge.watchedBy(progress::advance);
      return NewOutput.isSafeTensors(out)
          ? watched.writeFile(out, threads, whole -> check(network, merge, trained, whole))
          : watched.writeFolder(out, replace, threads);
    }
  }

  /** The adapter as networks here take it, if they do. */
  private static Optional<AdapterFile> trained(Path adapter) {
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
      BaseNetwork network, NetworkMerge merge, Optional<AdapterFile> trained, Path whole) {
    boolean held =
        network.bytes() <= Runtime.getRuntime().maxMemory() / 8
            && network.tensors().values().stream().allMatch(tensor -> tensor.type() != null);
    LogitCheck check =
        network.isFolder() || trained.isEmpty() || !held
            ? new LogitCheck.NotCompared("the base with the adapter is no network that is run here")
            : compared(Checkpoint.read(base), trained.get(), whole);
    MergeTables tables = new MergeTables(stdout);
    tables.print(check);
    tables.requireTolerable(check, tolerance.orElseGet(() -> explained(network, merge)), out);
  }

  private LogitCheck compared(Checkpoint before, AdapterFile adapter, Path whole) {
    Optional<NetworkCard> card =
        Optional.ofNullable(before.texts().get(NetworkCard.KEY))
            .map(json -> NetworkCard.parse(json, base.toString()));
    Map<String, StoredTensor> merged = Checkpoint.read(whole).tensors();
    return LogitCheck.of(before.tensors(), card, adapter, merged, new Seed(PROBE_SEED));
  }

  private static double explained(BaseNetwork network, NetworkMerge merge) {
    return LogitCheck.tolerance(
        merge.needs().keySet().stream()
            .map(network.tensors()::get)
            .filter(tensor -> tensor != null)
            .map(FileTensor::type)
            .toList());
  }
}

package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.TerminalProgress;
import dev.collapsar.cli.recorded.EpochSource;
import dev.collapsar.cli.recorded.RecordedCheckpoints;
import dev.collapsar.cli.recorded.RecordedFeatures;
import dev.collapsar.command.CollapseSettings;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.mlflow.MlflowFollower;
import dev.collapsar.mlflow.MlflowServer;
import dev.collapsar.recording.EpochFile;
import dev.collapsar.recording.MetricsTable;
import dev.collapsar.recording.Recording;
import dev.collapsar.run.LockWait;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunFollower;
import dev.collapsar.tensorboard.TensorBoardRun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A run directory from what other trainings left. */
@Command(
    name = "record",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = {
      "collapsar record --features 'GLOB' --out DIR [OPTION]...",
      "       collapsar record --checkpoints 'GLOB' --data NAME --out DIR [OPTION]...",
      "       collapsar record --metrics FILE.csv --out DIR [OPTION]..."
    },
    description = {
      "Make a run directory of your own training, from features or checkpoints that it left"
          + " by epoch, or from numbers that it computed.",
      "report, diff, TensorBoard and MLflow then work as for our own runs.",
      ""
    },
    footer = {
      "",
      "The last number in a file's name is its epoch; the order is that of the numbers."
          + " What is recorded already is left as it is, so the same command again goes on. A * or"
          + " {epoch} in the file of labels or weights stands for the same number. Several at once"
          + " wait for one another, at most 10 minutes each.",
      "",
      "Examples:",
      "  collapsar record --features 'dump/epoch-*.npz' --out runs/mine",
      "  collapsar record --features 'dump/x-*.npy' --labels dump/y.npy \\",
      "      --weights 'dump/w-{epoch}.npy' --variant sgd --out runs/mine",
      "  collapsar record --features now.npz --epoch 12 --out runs/mine   as you train",
      "  collapsar record --features 'dump/epoch-*.npz' --watch --out runs/mine",
      "  collapsar record --checkpoints 'ckpt/*.pth' --data cifar10 --out runs/mine",
      "  collapsar record --metrics log.csv --out runs/mine"
    })
final class RecordCommand implements Callable<Integer> {
  private static final long WATCH_MILLISECONDS = 1_000;

  /** As long as a large epoch takes to be measured. */
  private static final double MOST_WAIT_SECONDS = 600;

  @Spec private CommandSpec spec;
  @Mixin private RecordedFeatures features;
  @Mixin private RecordedCheckpoints checkpoints;

  @Option(
      names = "--metrics",
      paramLabel = "FILE.csv",
      description =
          "numbers that others computed: a column epoch (or step) and one a metric, or columns"
              + " metric and value; variant, stage and layer if there are")
  private Path metrics;

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = "whose epochs they are (default: model)")
  private String variant = "model";

  @Option(
      names = "--epoch",
      paramLabel = "N",
      description = "of the one file given, whatever its name")
  private Integer epoch;

  @Option(
      names = "--watch",
      description = "go on until interrupted: record what matches as soon as it is whole")
  private boolean watch;

  @Option(names = "--title", paramLabel = "TEXT", description = "of the page")
  private String title;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "a new or empty directory, or one that record made before")
  private Path out;

  @Option(
      names = "--tensorboard",
      paramLabel = "DIR",
      description = "also write event files for TensorBoard")
  private Path tensorBoard;

  @Option(
      names = "--mlflow",
      paramLabel = "URI",
      description = "also send it to this MLflow tracking server")
  private String mlflow;

  @Mixin private CollapseSettings settings;

  /** Files that could not be read, as they were then. */
  private final Map<EpochFile, String> refused = new HashMap<>();

  @Override
  public Integer call() {
    EpochSource source = source();
    List<EpochFile> first = source == null ? List.of() : files(source);
    MetricsTable table = metrics == null ? null : MetricsTable.read(metrics, variant);
    PrintWriter stdout = spec.commandLine().getOut();
    RunClock clock = RunClock.system();
    try (Recording recording =
        Recording.open(out, title, settings.threads(), clock, followers(clock), patience(clock))) {
      if (source != null) {
        source.describe(recording, settings, new TerminalProgress(stdout));
        record(source, first, recording, clock, stdout);
      }
      if (table != null) {
        recording.add(table);
        table.notes().forEach(stdout::println);
      }
      while (watch) {
        await();
        record(source, watched(source), recording, clock, stdout);
      }
    }
    stdout.println(out.resolve("report.html"));
    return ExitCodes.DONE;
  }

  /** For who records there: an epoch more, while a training leaves one after the other. */
  private LockWait patience(RunClock clock) {
    PrintWriter stderr = spec.commandLine().getErr();
    return new LockWait(
        clock,
        MOST_WAIT_SECONDS,
        line -> {
          stderr.println(line);
          stderr.flush();
        });
  }

  private EpochSource source() {
    EpochSource source = features.given() ? features : checkpoints.given() ? checkpoints : null;
    if (features.given() && checkpoints.given()) {
      throw new InvalidInputException(
          "--checkpoints: record features or checkpoints, one after the other");
    }
    if (source == null && metrics == null) {
      throw new ParameterException(
          spec.commandLine(), "one of --features, --checkpoints and --metrics is needed");
    }
    if (source == null && (watch || epoch != null)) {
      throw new InvalidInputException(
          (watch ? "--watch" : "--epoch " + epoch) + ": needs --features or --checkpoints too");
    }
    if (epoch != null && epoch < 0) {
      throw new InvalidInputException("--epoch %s: must be 0 or more".formatted(epoch));
    }
    return source;
  }

  private List<EpochFile> files(EpochSource source) {
    if (epoch == null) {
      return watch ? watched(source) : EpochFile.matching(source.option(), source.pattern());
    }
    Path only = Path.of(source.pattern());
    return List.of(new EpochFile(epoch, only));
  }

  /** None may be there yet. */
  private static List<EpochFile> watched(EpochSource source) {
    return EpochFile.present(source.option(), source.pattern());
  }

  private List<RunFollower> followers(RunClock clock) {
    List<RunFollower> followers = new ArrayList<>();
    if (tensorBoard != null) {
      followers.add(new TensorBoardRun(tensorBoard, clock, Set.of()));
    }
    if (mlflow != null) {
      PrintWriter stderr = spec.commandLine().getErr();
      followers.add(
          new MlflowFollower(
              MlflowServer.found(mlflow, System.getenv(), stderr::println),
              Optional.ofNullable(System.getenv("MLFLOW_EXPERIMENT_NAME")),
              stderr::println));
    }
    return List.copyOf(followers);
  }

  private void record(
      EpochSource source,
      List<EpochFile> files,
      Recording recording,
      RunClock clock,
      PrintWriter stdout) {
    int known = 0;
    for (EpochFile file : files) {
      if (recording.has(variant, file.epoch())) {
        if (epoch != null) {
          throw new InvalidInputException(
              "--epoch %s: is recorded already for %s in %s".formatted(epoch, variant, out));
        }
        known++;
        continue;
      }
      long begun = clock.mark();
      Optional<EpochSource.Measured> measured = measure(source, file);
      if (measured.isEmpty()) {
        continue;
      }
      double seconds = clock.secondsSince(begun);
      recording.add(
          variant,
          file.epoch(),
          seconds,
          measured.get().data(),
          measured.get().rows(),
          measured.get().infos());
      stdout.printf(
          Locale.ROOT, "%s epoch %d  %s  %.1f s%n", variant, file.epoch(), file.file(), seconds);
      stdout.flush();
    }
    if (known > 0 && !watch) {
      stdout.printf(Locale.ROOT, "%d epochs are recorded already%n", known);
    }
  }

  /** While watching, what cannot be read may be half-written: it is tried again when it changes. */
  private Optional<EpochSource.Measured> measure(EpochSource source, EpochFile file) {
    if (!watch) {
      return Optional.of(source.measure(file, variant));
    }
    String state = file.state();
    if (state.equals(refused.get(file))) {
      return Optional.empty();
    }
    try {
      return Optional.of(source.measure(file, variant));
    } catch (InvalidInputException e) {
      refused.put(file, state);
      PrintWriter stderr = spec.commandLine().getErr();
      stderr.println("not yet: " + e.getMessage());
      stderr.flush();
      return Optional.empty();
    }
  }

  private static void await() {
    try {
      Thread.sleep(WATCH_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.metric.Measurement;
import dev.collapsar.report.HtmlReport;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.Seed;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One run of a recipe: its settings, its seed, who watches it, and the log that becomes its record.
 * The record is written when a variant's training begins, at every epoch's end and at the end,
 * however it ends. Every method that adds to the log throws {@link RunStopped} once the run is
 * stopped, so that the record then written stands.
 */
public final class Experiment {
  private final Recipe recipe;
  private final Settings settings;
  private final RunOptions options;
  private final Path path;
  private final Progress progress;
  private final RunClock clock;
  private final Instant started;
  private final List<RunRecord.DataSet> data = new ArrayList<>();
  private final List<RunRecord.Variant> variants = new ArrayList<>();
  private final List<RunRecord.Epoch> epochs = new ArrayList<>();
  private final List<RunRecord.Row> rows = new ArrayList<>();
  private final List<RunRecord.Classification> classifications = new ArrayList<>();
  private final List<RunRecord.Sample> samples = new ArrayList<>();
  private final List<Exhibit> exhibits = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private RunDirectory directory;
  private RunRecord.Environment environment;
  private boolean stopped;
  private boolean failed;
  private RunRecord end;

  private Experiment(
      Recipe recipe, Settings settings, RunOptions options, Progress progress, RunClock clock) {
    this.recipe = recipe;
    this.settings = settings;
    this.options = options;
    this.progress = progress;
    this.clock = clock;
    this.started = clock.now();
    this.path =
        options.out() != null ? options.out() : RunDirectory.defaultPath(recipe.name(), started);
  }

  /**
   * Checks the options against the recipe; nothing is loaded, made or written yet.
   *
   * @throws dev.collapsar.InvalidInputException for a setting that does not exist or a value that
   *     is not allowed
   */
  public static Experiment prepare(
      Recipe recipe, RunOptions options, Progress progress, RunClock clock) {
    Map<String, Settings.Chosen> chosen = new LinkedHashMap<>();
    if (options.quick()) {
      recipe.quick().forEach((k, text) -> chosen.put(k, new Settings.Chosen(text, "--quick")));
    }
    chosen.putAll(options.chosen());
    Settings settings = Settings.resolve(recipe.settings(), chosen);
    return new Experiment(recipe, settings, options, progress, clock);
  }

  /**
   * Runs the recipe and writes the run directory: complete, or marked as interrupted or failed if
   * it ended before. If it ends before anything was trained because of the user's input, nothing is
   * left behind.
   *
   * @return the record, COMPLETE or INTERRUPTED
   * @throws dev.collapsar.InvalidInputException if the directory or the data cannot be used
   * @throws RunStopped if the run was stopped before it had a directory; then nothing is left
   *     behind
   */
  public RunRecord run() {
    TorchRuntime.setThreads(options.threads());
    TorchRuntime.device(options.device());
    environment = Machine.describe(options.threads(), options.device(), TorchRuntime.versions());
    try {
      begin();
      recipe.run(this);
      return complete();
    } catch (RunStopped e) {
      return stop().orElseThrow(() -> e);
    } catch (RuntimeException | Error e) {
      fail(e);
      throw e;
    } finally {
      if (directory != null) {
        directory.close();
      }
    }
  }

  /**
   * Stops the run, from any thread: its record is written as INTERRUPTED, with its report, before
   * this returns; the thread in {@link #run} notices between two steps.
   *
   * @return how the run ended: INTERRUPTED, or COMPLETE if it had ended before; empty if it has no
   *     directory yet or failed
   */
  public synchronized Optional<RunRecord> stop() {
    stopped = true;
    if (end == null && directory != null && !failed) {
      end = write(RunRecord.Status.INTERRUPTED);
    }
    return Optional.ofNullable(end);
  }

  private synchronized void begin() {
    checkpoint();
    directory = RunDirectory.create(path);
    directory.writeRecipe(recipe.name(), options.seed(), settings.asMap());
  }

  private synchronized RunRecord complete() {
    checkpoint();
    end = write(RunRecord.Status.COMPLETE);
    return end;
  }

  private synchronized void fail(Throwable failure) {
    failed = true;
    boolean refused = failure instanceof InvalidInputException && variants.isEmpty();
    if (refused || directory == null || end != null) {
      return;
    }
    notes.add("The run failed: " + failure.getMessage());
    try {
      write(RunRecord.Status.FAILED);
    } catch (RuntimeException second) {
      failure.addSuppressed(second);
    }
  }

  /** Where the run leaves its files. */
  public Path path() {
    return path;
  }

  public Settings settings() {
    return settings;
  }

  /** The value of a setting of the recipe's. */
  public <T> T get(Setting<T> setting) {
    return settings.get(setting);
  }

  public Seed seed() {
    return new Seed(options.seed());
  }

  public RunOptions options() {
    return options;
  }

  public Progress progress() {
    return progress;
  }

  public RunClock clock() {
    return clock;
  }

  /** Throws {@link RunStopped} if the user asked for it: to be called between steps. */
  public synchronized void checkpoint() {
    if (stopped) {
      throw new RunStopped();
    }
  }

  /** Notes a set of samples that takes part. */
  public synchronized void uses(String role, ImageSet images) {
    checkpoint();
    data.add(
        new RunRecord.DataSet(
            role,
            images.name(),
            images.count(),
            List.of(images.channels(), images.height(), images.width()),
            images.sha256()));
  }

  /** Notes a network about to be trained, and writes the record. */
  public synchronized void trains(String variant, String stage, Network network) {
    checkpoint();
    variants.add(
        new RunRecord.Variant(
            variant,
            stage,
            network.parameterCount(),
            network.trainableCount(),
            List.copyOf(network.trainable().keySet()),
            null));
    write(RunRecord.Status.RUNNING);
  }

  /** Notes numbers of one epoch. */
  public synchronized void measured(
      String variant, String stage, int epoch, String layer, Iterable<Measurement> measurements) {
    checkpoint();
    measurements.forEach(m -> rows.add(RunRecord.Row.of(variant, stage, epoch, layer, m)));
  }

  /** All numbers noted so far, in their order. */
  public synchronized List<RunRecord.Row> measurements() {
    return List.copyOf(rows);
  }

  /** Notes how long an epoch took, and writes the record. */
  public synchronized void finished(
      String variant, String stage, int epoch, double trainSeconds, double measureSeconds) {
    checkpoint();
    epochs.add(new RunRecord.Epoch(variant, stage, epoch, trainSeconds, measureSeconds));
    write(RunRecord.Status.RUNNING);
  }

  public synchronized void classified(RunRecord.Classification classification) {
    checkpoint();
    classifications.add(classification);
  }

  public synchronized void shows(RunRecord.Sample sample) {
    checkpoint();
    samples.add(sample);
  }

  /** Writes a variant's adapter in PEFT's layout. */
  public synchronized void keeps(String variant, AdapterFile adapter) {
    checkpoint();
    adapter.write(directory.adapter(variant));
    variants.replaceAll(
        noted ->
            noted.name().equals(variant)
                ? new RunRecord.Variant(
                    variant,
                    noted.stage(),
                    noted.parameters(),
                    noted.trainable(),
                    noted.trainableTensors(),
                    "adapters/" + variant)
                : noted);
  }

  /** Writes the parameters and buffers of a variant's network, as PyTorch names them. */
  public synchronized void keeps(String variant, Network network) {
    checkpoint();
    SafeTensors.write(directory.network(variant), network.stored(), Map.of("format", "pt"));
  }

  /** The file for a variant's trained network. */
  public synchronized Path networkFile(String variant) {
    checkpoint();
    return directory.network(variant);
  }

  /** Shows something of the recipe's own in the report. */
  public synchronized void shows(Exhibit exhibit) {
    checkpoint();
    exhibits.add(exhibit);
  }

  /** Notes what a reader of the report must know. */
  public synchronized void note(String sentence) {
    checkpoint();
    notes.add(sentence);
  }

  /**
   * A listener that shows every step of {@code epoch} in a bar and lets the user stop between
   * steps.
   */
  public Trainer.StepListener watching(Progress.Bar bar) {
    return (count, loss) -> {
      bar.advance(count, "loss %.4f".formatted(loss));
      checkpoint();
    };
  }

  private RunRecord record(RunRecord.Status status) {
    return new RunRecord(
        RunRecord.FORMAT,
        recipe.name(),
        recipe.summary(),
        status,
        started,
        status == RunRecord.Status.RUNNING ? null : clock.now(),
        settings.asMap(),
        environment,
        options.seed(),
        data,
        variants,
        epochs,
        rows,
        classifications,
        samples,
        exhibits,
        notes);
  }

  private RunRecord write(RunRecord.Status status) {
    RunRecord record = record(status);
    directory.write(record);
    if (status != RunRecord.Status.RUNNING) {
      directory.writeReport(
          HtmlReport.render(
              List.of(
                  new HtmlReport.Run(
                      path.toAbsolutePath().normalize().getFileName().toString(), record))));
    }
    return record;
  }
}

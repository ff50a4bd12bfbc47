package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
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

/**
 * One run of a recipe: its settings, its seed, who watches it, and the log that becomes its record.
 * The record is written when the run begins, at every epoch's end and at the end, however it ends.
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
  private volatile boolean stopRequested;

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
   */
  public RunRecord run() {
    TorchRuntime.setThreads(options.threads());
    TorchRuntime.device(options.device());
    environment = Machine.describe(options.threads(), options.device(), TorchRuntime.versions());
    try (RunDirectory made = RunDirectory.create(path)) {
      directory = made;
      directory.writeRecipe(recipe.name(), options.seed(), settings.asMap());
      try {
        recipe.run(this);
        return write(RunRecord.Status.COMPLETE);
      } catch (RunStopped e) {
        return write(RunRecord.Status.INTERRUPTED);
      } catch (InvalidInputException e) {
        throw e;
      } catch (RuntimeException | Error e) {
        notes.add("The run failed: " + e.getMessage());
        write(RunRecord.Status.FAILED);
        throw e;
      }
    }
  }

  /** Asks the run to stop at the next step; from any thread. */
  public void stop() {
    stopRequested = true;
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
  public void checkpoint() {
    if (stopRequested) {
      throw new RunStopped();
    }
  }

  /** Notes a set of samples that takes part. */
  public void uses(String role, ImageSet images) {
    data.add(
        new RunRecord.DataSet(
            role,
            images.name(),
            images.count(),
            List.of(images.channels(), images.height(), images.width()),
            images.sha256()));
  }

  /** Notes a network about to be trained. */
  public void trains(String variant, String stage, Network network) {
    variants.add(
        new RunRecord.Variant(
            variant,
            stage,
            network.parameterCount(),
            network.trainableCount(),
            List.copyOf(network.trainable().keySet()),
            network.reparametrizationParameters().isEmpty() ? null : "adapters/" + variant));
  }

  /** Notes numbers of one epoch. */
  public void measured(
      String variant, String stage, int epoch, String layer, Iterable<Measurement> measurements) {
    measurements.forEach(m -> rows.add(RunRecord.Row.of(variant, stage, epoch, layer, m)));
  }

  /** Notes how long an epoch took, and writes the record. */
  public void finished(
      String variant, String stage, int epoch, double trainSeconds, double measureSeconds) {
    epochs.add(new RunRecord.Epoch(variant, stage, epoch, trainSeconds, measureSeconds));
    write(RunRecord.Status.RUNNING);
  }

  public void classified(RunRecord.Classification classification) {
    classifications.add(classification);
  }

  public void shows(RunRecord.Sample sample) {
    samples.add(sample);
  }

  /** Writes a variant's adapter in PEFT's layout. */
  public void keeps(String variant, AdapterFile adapter) {
    adapter.write(directory.adapter(variant));
  }

  /** Shows something of the recipe's own in the report. */
  public void shows(Exhibit exhibit) {
    exhibits.add(exhibit);
  }

  /** Notes what a reader of the report must know. */
  public void note(String sentence) {
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
          HtmlReport.render(List.of(new HtmlReport.Run(path.getFileName().toString(), record))));
    }
    return record;
  }
}

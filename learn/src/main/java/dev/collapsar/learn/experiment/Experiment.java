package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.LearnMetrics;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import dev.collapsar.report.HtmlReport;
import dev.collapsar.report.NamedRun;
import dev.collapsar.run.EpochHistory;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
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
 * stopped, so that the record then written stands: one lock guards the log, the directory and how
 * the run ended, which is why what recipes note and what ends a run stand in one class.
 */
public final class Experiment {
  private final Recipe recipe;
  private final Settings settings;
  private final RunOptions options;
  private final Path path;
  private final Progress progress;
  private final RunClock clock;
  private final PastRun past;
  private Instant started;
  private List<Instant> resumed = List.of();
  private final RunLog log = new RunLog();
  private final Optional<EventFolders> events;
  private final Computing computing;
  private RunDirectory directory;
  private RunRecord.Environment environment;
  private boolean stopped;
  private boolean failed;
  private RunRecord end;

  private Experiment(
      Recipe recipe,
      PastRun past,
      Settings settings,
      RunOptions options,
      Progress progress,
      RunClock clock) {
    this.recipe = recipe;
    this.past = past;
    this.settings = settings;
    this.options = options;
    this.progress = progress;
    this.clock = clock;
    this.started = clock.now();
    this.computing = new Computing(options.threads(), progress, this::checkpoint);
    this.events =
        Optional.ofNullable(options.tensorBoard()).map(folder -> new EventFolders(folder, clock));
    this.path =
        options.out() != null ? options.out() : RunDirectory.defaultPath(recipe.name(), started);
  }

  /**
   * Checks the options against the recipe; nothing is loaded, made or written yet.
   *
   * @throws dev.collapsar.InvalidInputException for a setting that does not exist or a value that
   *     is not allowed, or if the run that is to be resumed is not this one
   */
  public static Experiment prepare(
      Recipe recipe, RunOptions options, Progress progress, RunClock clock) {
    Map<String, Settings.Chosen> chosen = new LinkedHashMap<>();
    if (options.quick()) {
      recipe.quick().forEach((k, text) -> chosen.put(k, new Settings.Chosen(text, "--quick")));
    }
    chosen.putAll(options.chosen());
    if (!options.resume()) {
      Settings settings = Settings.resolve(recipe.settings(), chosen);
      return new Experiment(recipe, null, settings, options, progress, clock);
    }
    PastRun past =
        PastRun.in(
            options.out(), name -> name.equals(recipe.name()) ? recipe : Recipes.named(name));
    Settings settings =
        past.file().isPresent()
            ? past.agreed(recipe, chosen, options)
            : Settings.resolve(recipe.settings(), chosen);
    return new Experiment(recipe, past, settings, options, progress, clock);
  }

  /**
   * Runs the recipe and writes the run directory: complete, or marked as interrupted or failed if
   * it ended before. If it ends before anything was trained because of the user's input, nothing is
   * left behind. A run that is resumed goes on after the last checkpoint of each of its trainings;
   * one that is complete stays as it is.
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
      if (begin()) {
        recipe.run(this);
        complete();
      }
      return end;
    } catch (RunStopped e) {
      return stop().orElseThrow(() -> e);
    } catch (RuntimeException | Error e) {
      fail(e);
      throw e;
    } finally {
      events.ifPresent(EventFolders::close);
      computing.close();
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

  /** Whether there is anything to do. */
  private synchronized boolean begin() {
    checkpoint();
    if (past == null || past.file().isEmpty()) {
      directory = RunDirectory.create(path);
      directory.writeRecipe(recipe.name(), options.seed(), settings.asMap());
      return true;
    }
    directory = RunDirectory.resume(path);
    if (past.record().isPresent()) {
      RunRecord record = past.record().get();
      if (record.status() == RunRecord.Status.COMPLETE) {
        progress.say("this run is complete");
        directory.removeCheckpoints();
        end = record;
        return false;
      }
      started = record.started();
      resumed = new ArrayList<>(record.resumed());
      resumed.add(clock.now());
      log.note(resumptions(record.environment()));
    }
    return true;
  }

  private String resumptions(RunRecord.Environment before) {
    String times = resumed.size() == 1 ? "once" : resumed.size() + " times";
    return "The run broke off and was resumed %s%s."
        .formatted(
            times,
            environment.equals(before)
                ? ""
                : ", now in another environment, so that its numbers may differ from those of one go");
  }

  private synchronized void complete() {
    checkpoint();
    end = write(RunRecord.Status.COMPLETE);
    directory.removeCheckpoints();
  }

  private synchronized void fail(Throwable failure) {
    failed = true;
    boolean refused = failure instanceof InvalidInputException && !log.hasVariants();
    if (refused || directory == null || end != null) {
      return;
    }
    log.note("The run failed: " + failure.getMessage());
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

  /**
   * Notes a set of samples that takes part.
   *
   * @throws InvalidInputException if the run is resumed and began with others
   */
  public synchronized void uses(String role, ImageSet images) {
    checkpoint();
    RunRecord.DataSet now =
        new RunRecord.DataSet(
            role,
            images.name(),
            images.count(),
            List.of(images.channels(), images.height(), images.width()),
            images.sha256());
    if (past != null) {
      past.requireSameData(now);
    }
    log.add(now);
  }

  /** Notes a network about to be trained, and writes the record. */
  public synchronized void trains(String variant, String stage, Network network) {
    checkpoint();
    log.add(
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
    for (Measurement measurement : measurements) {
      RunRecord.Row row = RunRecord.Row.of(variant, stage, epoch, layer, measurement);
      log.add(row);
      log.add(LearnMetrics.of(measurement));
      events.ifPresent(e -> e.number(row));
    }
  }

  /** Shows what a network's parameters are after an epoch, to who watches in TensorBoard. */
  synchronized void watches(String variant, String stage, int epoch, Network network) {
    checkpoint();
    events.ifPresent(e -> e.weights(variant, stage, epoch, network));
  }

  /** All numbers noted so far, in their order. */
  public synchronized List<RunRecord.Row> measurements() {
    return log.rows();
  }

  /** Notes how long an epoch took, and writes the record. */
  public synchronized void finished(
      String variant, String stage, int epoch, double trainSeconds, double measureSeconds) {
    checkpoint();
    log.add(new RunRecord.Epoch(variant, stage, epoch, trainSeconds, measureSeconds));
    write(RunRecord.Status.RUNNING);
  }

  /** What was measured so far. */
  synchronized EpochHistory history() {
    return log.history();
  }

  /** Notes what was measured before the run broke off. */
  synchronized void recalls(EpochHistory history) {
    checkpoint();
    log.add(history);
  }

  /** Where the training of a variant that begins now finds and leaves its checkpoints. */
  synchronized TrainingCheckpoints checkpoints(String variant, String stage) {
    return new TrainingCheckpoints(this, directory.checkpoints(stage, variant));
  }

  public synchronized void classified(RunRecord.Classification classification) {
    checkpoint();
    log.add(classification);
  }

  public synchronized void shows(RunRecord.Sample sample) {
    checkpoint();
    events.ifPresent(e -> e.image(log.sampleCount(), sample));
    log.add(sample);
  }

  /** Writes a variant's adapter in PEFT's layout. */
  public synchronized void keeps(String variant, AdapterFile adapter) {
    checkpoint();
    adapter.write(directory.adapter(variant));
    log.adapter(variant, "adapters/" + variant);
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
    log.add(exhibit);
  }

  /** Notes what a reader of the report must know; once, however often it is said. */
  public synchronized void note(String sentence) {
    checkpoint();
    log.note(sentence);
  }

  /** What this run computes with. */
  Computing computing() {
    return computing;
  }

  /** The last NC1 of a variant in a few words, or none. */
  synchronized String lastNc1(String variant) {
    return log.lastNc1(variant);
  }

  private RunRecord record(RunRecord.Status status) {
    RunRecord now =
        log.within(
            new RunLog.Frame(
                recipe,
                status,
                started,
                status == RunRecord.Status.RUNNING ? null : clock.now(),
                settings,
                environment,
                options.seed(),
                resumed));
    // Until a resumed run has caught up with what it left, that stands.
    return Optional.ofNullable(past)
        .flatMap(PastRun::record)
        .filter(before -> now.measurements().size() < before.measurements().size())
        .map(before -> before.with(status, now.finished(), resumed))
        .orElse(now);
  }

  private RunRecord write(RunRecord.Status status) {
    RunRecord record = record(status);
    directory.write(record);
    if (status != RunRecord.Status.RUNNING) {
      directory.writeReport(
          HtmlReport.render(
              List.of(
                  new NamedRun(
                      path.toAbsolutePath().normalize().getFileName().toString(), record))));
    }
    return record;
  }
}

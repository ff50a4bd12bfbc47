package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.NativeMemory;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.mlflow.MlflowFollower;
import dev.collapsar.random.Seed;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunConditions;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import dev.collapsar.tensorboard.TensorBoardRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a recipe once, from its settings to its run directory. The record is written when a
 * variant's training begins, at every epoch's end and at the end, however it ends.
 */
public final class RunEngine {
  private static final Logger LOG = LoggerFactory.getLogger(RunEngine.class);

  private final Recipe recipe;
  private final Settings settings;
  private final List<String> notes;
  private final RunOptions options;
  private final Path path;
  private final Progress progress;
  private final RunClock clock;
  private final Optional<InterruptedRun> past;
  private final List<RunFollower> followers;
  private final RunRecorder recorder;
  private RunRecord.Environment environment;
  private Map<String, String> files = Map.of();

  private RunEngine(
      Recipe recipe,
      Optional<InterruptedRun> past,
      Settings settings,
      List<String> notes,
      RunOptions options,
      Progress progress,
      RunClock clock) {
    this.recipe = recipe;
    this.past = past;
    this.settings = settings;
    this.notes = notes;
    this.options = options;
    this.progress = progress;
    this.clock = clock;
    this.path =
        options.out() != null
            ? options.out()
            : RunDirectory.defaultPath(recipe.name(), clock.now());
    this.followers = followers();
    this.recorder = new RunRecorder(path, past, this::frame, followers, clock::now);
  }

  /**
   * Checks the options against the recipe; nothing is loaded, made or written yet.
   *
   * @throws dev.collapsar.InvalidInputException for a setting that does not exist or a value that
   *     is not allowed, or if the run that is to be resumed is not this one
   */
  public static RunEngine prepare(
      Recipe recipe, RunOptions options, Progress progress, RunClock clock) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    if (options.quick()) {
      recipe
          .quick()
          .forEach(value -> chosen.put(value.key(), new SettingText(value.text(), "--quick")));
    }
    FormerKeys.Read read = recipe.formerKeys().read(options.chosen());
    chosen.putAll(read.chosen());
    Optional<InterruptedRun> past =
        options.resume() ? Optional.of(InterruptedRun.in(options.out())) : Optional.empty();
    Settings settings =
        past.filter(run -> run.file().isPresent())
            .map(run -> run.agreed(recipe, chosen, options))
            .orElseGet(() -> Settings.resolve(recipe.settings(), chosen));
    Stream<String> former =
        Stream.concat(
            read.notes().stream(),
            past.flatMap(InterruptedRun::file).stream()
                .flatMap(file -> recipe.formerKeys().read(file.chosen()).notes().stream()));
    List<String> notes =
        Stream.of(firstLook(recipe, settings).stream(), former, settings.idle().stream())
            .flatMap(all -> all)
            .distinct()
            .toList();
    return new RunEngine(recipe, past, settings, notes, options, progress, clock);
  }

  /** Said of a run with the settings of {@code --quick}, however they were chosen. */
  private static Optional<String> firstLook(Recipe recipe, Settings settings) {
    Map<String, Object> values = settings.asMap();
    boolean quick =
        !recipe.quick().isEmpty()
            && recipe.quick().stream()
                .filter(preset -> values.containsKey(preset.key()))
                .allMatch(preset -> Setting.text(values.get(preset.key())).equals(preset.text()));
    return quick
        ? Optional.of(
            "A first look, with the fewer images and epochs of --quick: it shows what a run of this"
                + " recipe shows, and its numbers are not the recipe's.")
        : Optional.empty();
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
    return ThreadTurn.within(
        options.threads(), progress, recorder::throwIfStopped, this::runInTurn);
  }

  private RunRecord runInTurn() {
    TorchRuntime.setThreads(options.threads());
    TorchRuntime.device(options.device());
    environment = Machine.describe(options.threads(), options.device(), TorchRuntime.versions());
    LOG.info("{} into {}: {}", recipe.name(), path, environment);
    try (RunResources resources =
        new RunResources(options.threads(), options.device(), progress, recorder::throwIfStopped)) {
      if (begin()) {
        notes.forEach(this::note);
        recipe.run(context(resources));
        recorder.complete();
      }
      return recorder.end();
    } catch (RunStopped e) {
      return stop().orElseThrow(() -> e);
    } catch (RuntimeException | Error e) {
      Optional<InvalidInputException> memory = NativeMemory.denied(e);
      recorder.fail(memory.isPresent() ? memory.get() : e);
      if (memory.isPresent()) {
        throw memory.get();
      }
      throw e;
    } finally {
      followers.forEach(RunFollower::close);
      recorder.close();
    }
  }

  /**
   * Stops the run, from any thread: its record is written as INTERRUPTED, with its report, before
   * this returns; the thread in {@link #run} notices between two steps.
   *
   * @return how the run ended: INTERRUPTED, or COMPLETE if it had ended before; empty if it has no
   *     directory yet or failed
   */
  public Optional<RunRecord> stop() {
    return recorder.stop();
  }

  private List<RunFollower> followers() {
    List<RunFollower> all = new ArrayList<>();
    if (options.tensorBoard() != null) {
      all.add(new TensorBoardRun(options.tensorBoard(), clock, options.chosen().keySet()));
    }
    if (options.mlflow() != null) {
      all.add(new MlflowFollower(options.mlflow(), options.experiment(), progress::say));
    }
    return List.copyOf(all);
  }

  /** Whether there is anything to do. */
  private boolean begin() {
    Consumer<RunDirectory> writeRecipe =
        directory -> directory.writeRecipe(recipe.name(), options.seed(), settings.asMap());
    if (past.filter(InterruptedRun::isComplete).isEmpty()) {
      files = NamedFiles.hashes(recipe, settings);
      past.ifPresent(run -> run.requireSameFiles(files, settings.asMap()));
    }
    if (past.flatMap(InterruptedRun::file).isEmpty()) {
      recorder.create(writeRecipe, conditions());
      return true;
    }
    boolean changed = !past.get().settings(recipe).asMap().equals(settings.asMap());
    boolean going =
        recorder.resume(
            environment, changed ? Optional.of(writeRecipe) : Optional.empty(), conditions());
    if (going) {
      past.get().moves(settings, dataDirectory()).ifPresent(this::note);
    }
    if (!going) {
      progress.say("this run is complete");
    }
    return going;
  }

  private void note(String sentence) {
    progress.say(sentence);
    recorder.add(log -> log.note(sentence));
  }

  private RunConditions conditions() {
    return new RunConditions(
        RunConditions.FORMAT,
        environment.collapsar(),
        FreeSettings.hash(recipe, options.seed(), settings),
        clock.now(),
        options.threads(),
        options.device(),
        dataDirectory().map(Path::toString).orElse(null),
        files);
  }

  /** Absolute, so that it is found from wherever the run is resumed. */
  private Optional<Path> dataDirectory() {
    return Optional.ofNullable(options.dataDir())
        .map(Path::toAbsolutePath)
        .or(() -> past.flatMap(InterruptedRun::dataDirectory));
  }

  private RunContext context(RunResources resources) {
    return new RecordedRun(
        recipe.name(),
        settings,
        new Seed(options.seed()),
        Optional.ofNullable(options.dataDir()).or(this::dataDirectory),
        resources,
        progress,
        clock,
        recorder,
        past,
        followers,
        SharedBases.of(recipe.name(), recipe.ofAdaptationAlone(), settings, options));
  }

  private RunLog.Frame frame(RunLog.Moment moment) {
    return new RunLog.Frame(recipe, settings, environment, options.seed(), moment);
  }

  /** Where the run leaves its files. */
  public Path path() {
    return path;
  }

  public Settings settings() {
    return settings;
  }

  /** What is to be known of the settings: former keys, and values that take no part. */
  public List<String> notes() {
    return notes;
  }
}

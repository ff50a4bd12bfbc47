package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.report.HtmlReport;
import dev.collapsar.report.NamedRun;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunConditions;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The record of a run as it grows, and how the run ended. One lock guards the log, the directory
 * and the end, so that a record that was written when the run was stopped stands: whatever would
 * add to it afterwards throws {@link RunStopped}.
 */
final class RunRecorder {
  private final Path path;
  private final Optional<InterruptedRun> past;
  private final RunLog log = new RunLog();
  private final Function<RunLog.Moment, RunLog.Frame> frame;
  private final List<RunFollower> followers;
  private final Supplier<Instant> now;
  private Instant started;
  private List<Instant> resumed = List.of();
  private RunDirectory directory;
  private RunConditions conditions;
  private boolean stopped;
  private boolean failed;
  private RunRecord end;

  /**
   * @param frame what of the record does not grow
   * @param followers told of every record that is written
   */
  RunRecorder(
      Path path,
      Optional<InterruptedRun> past,
      Function<RunLog.Moment, RunLog.Frame> frame,
      List<RunFollower> followers,
      Supplier<Instant> now) {
    this.path = path;
    this.past = past;
    this.frame = frame;
    this.followers = followers;
    this.now = now;
    this.started = now.get();
  }

  /** Makes the directory of a new run. */
  synchronized void create(Consumer<RunDirectory> recipe, RunConditions began) {
    throwIfStopped();
    directory = RunDirectory.create(path);
    recipe.accept(directory);
    directory.write(began);
    conditions = began;
  }

  /**
   * Goes on with a run that broke off.
   *
   * @param recipe writes the settings anew, if one has another value now
   * @param began under which conditions, if the run was killed before it had written them
   * @return whether there is anything to do: not if it is complete
   */
  synchronized boolean resume(
      RunRecord.Environment environment,
      Optional<Consumer<RunDirectory>> recipe,
      RunConditions began) {
    throwIfStopped();
    directory = RunDirectory.resume(path);
    past.ifPresent(run -> run.requireUnchanged(directory));
    Optional<RunRecord> before = past.flatMap(InterruptedRun::record);
    if (before.isPresent() && before.get().status() == RunRecord.Status.COMPLETE) {
      directory.removeCheckpoints();
      end = before.get();
      followers.forEach(follower -> follower.written(end, path));
      return false;
    }
    recipe.ifPresent(write -> write.accept(directory));
    Optional<RunConditions> written = directory.conditions();
    if (written.isEmpty()) {
      directory.write(began);
    }
    conditions = written.orElse(began);
    if (before.isEmpty()) {
      return true;
    }
    RunRecord record = before.get();
    started = record.started();
    resumed = new ArrayList<>(record.resumed());
    resumed.add(now.get());
    log.note(resumptions(environment.equals(record.environment())));
    return true;
  }

  /** What tells a variant's checkpoints from all others. */
  synchronized CheckpointSeal seal(Variant variant) {
    return new CheckpointSeal(
        conditions.identity(), conditions.recipe(), variant.stage(), variant.name());
  }

  private String resumptions(boolean sameEnvironment) {
    String times = resumed.size() == 1 ? "once" : resumed.size() + " times";
    return "The run broke off and was resumed %s%s."
        .formatted(
            times,
            sameEnvironment
                ? ""
                : ", now in another environment, so that its numbers may differ from those of one"
                    + " go");
  }

  synchronized void throwIfStopped() {
    if (stopped) {
      throw new RunStopped();
    }
  }

  /** Adds to the log. */
  synchronized void add(Consumer<RunLog> entry) {
    throwIfStopped();
    entry.accept(log);
  }

  /** Adds to the log and writes the record. */
  synchronized void addAndWrite(Consumer<RunLog> entry) {
    add(entry);
    write(RunRecord.Status.RUNNING);
  }

  /** Writes a file of the run's. */
  synchronized void save(Consumer<RunDirectory> file) {
    throwIfStopped();
    file.accept(directory);
  }

  synchronized <T> T read(Function<RunLog, T> question) {
    return question.apply(log);
  }

  synchronized <T> T locate(Function<RunDirectory, T> place) {
    throwIfStopped();
    return place.apply(directory);
  }

  /**
   * From any thread: writes the record as INTERRUPTED, unless the run has ended.
   *
   * @return how the run ended; empty if it has no directory yet or failed
   */
  synchronized Optional<RunRecord> stop() {
    stopped = true;
    if (end == null && directory != null && !failed) {
      end = write(RunRecord.Status.INTERRUPTED);
    }
    return Optional.ofNullable(end);
  }

  synchronized void complete() {
    throwIfStopped();
    end = write(RunRecord.Status.COMPLETE);
    directory.removeCheckpoints();
  }

  /** What the user's input was at fault for before anything was trained leaves no record. */
  synchronized void fail(Throwable failure) {
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

  /** How the run ended. */
  synchronized RunRecord end() {
    return end;
  }

  synchronized void close() {
    if (directory != null) {
      directory.close();
    }
  }

  private RunRecord write(RunRecord.Status status) {
    RunRecord record = record(status);
    // Before the record: a run that says that it has ended has everything.
    if (status != RunRecord.Status.RUNNING) {
      String name = path.toAbsolutePath().normalize().getFileName().toString();
      directory.writeReport(HtmlReport.render(List.of(new NamedRun(name, record))));
    }
    directory.write(record);
    followers.forEach(follower -> follower.written(record, path));
    return record;
  }

  private RunRecord record(RunRecord.Status status) {
    Instant finished = status == RunRecord.Status.RUNNING ? null : now.get();
    RunRecord grown =
        log.within(frame.apply(new RunLog.Moment(status, started, finished, resumed)));
    // Until a resumed run has caught up with what it left, that stands.
    return past.flatMap(InterruptedRun::record)
        .filter(before -> status != RunRecord.Status.COMPLETE)
        .filter(before -> grown.measurements().size() < before.measurements().size())
        .map(
            before ->
                RecordDraft.of(before).status(status).finished(finished).resumed(resumed).record())
        .orElse(grown);
  }
}

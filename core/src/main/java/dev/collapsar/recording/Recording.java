package dev.collapsar.recording;

import dev.collapsar.InvalidInputException;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.HtmlReport;
import dev.collapsar.report.NamedRun;
import dev.collapsar.run.LockWait;
import dev.collapsar.run.Machine;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A run directory that grows by what others computed, an epoch at a time. Every epoch is on disk,
 * record and page, before the next is taken; one process works in it at a time, and others wait for
 * it. What is recorded already stays.
 */
public final class Recording implements AutoCloseable {
  /** The name that stands for a recipe in the record. */
  public static final String RECIPE = "record";

  /** The one stage of a variant that does not say. */
  public static final String STAGE = "train";

  private final Path path;
  private final RunDirectory directory;
  private final RunClock clock;
  private final List<RunFollower> followers;
  private RunRecord record;

  private Recording(
      Path path,
      RunDirectory directory,
      RunClock clock,
      List<RunFollower> followers,
      RunRecord record) {
    this.path = path;
    this.directory = directory;
    this.clock = clock;
    this.followers = followers;
    this.record = record;
  }

  /**
   * A new recording, or the one that is there.
   *
   * @param title of the page; that of the one that is there stands if this is null
   * @param threads what measured, for the record's environment
   * @param followers told of every record
   * @param wait for a process that records there
   * @throws InvalidInputException if the directory holds a run of a recipe, or another process
   *     works in it for longer
   */
  public static Recording open(
      Path path,
      String title,
      int threads,
      RunClock clock,
      List<RunFollower> followers,
      LockWait wait) {
    RunDirectory before = RunDirectory.open(path);
    if (before.hasRecord()) {
      requireRecording(before.glance().recipe(), path); // nobody waits for a recipe's run
    }
    RunDirectory directory = RunDirectory.createOrResume(path, wait);
    try {
      if (!directory.hasRecord()) {
        RunRecord fresh =
            RecordDraft.begun(
                    RECIPE,
                    title == null ? "Numbers by epoch" : title,
                    Machine.describe(threads, "cpu", Map.of()),
                    clock.now())
                .record();
        return new Recording(path, directory, clock, followers, fresh);
      }
      RunRecord there = directory.record();
      requireRecording(there.recipe(), path);
      Recording recording = new Recording(path, directory, clock, followers, there);
      recording.record = recording.with(Parts.of(there).titled(title));
      return recording;
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static void requireRecording(String recipe, Path path) {
    if (!recipe.equals(RECIPE)) {
      throw new InvalidInputException(
          "--out %s: holds a run of %s; what is recorded needs a directory of its own"
              .formatted(path, recipe));
    }
  }

  /** What of the record grows here. */
  private record Parts(
      String title,
      Map<String, Object> settings,
      List<RunRecord.DataSet> data,
      List<RunRecord.Variant> variants,
      List<RunRecord.Epoch> epochs,
      List<RunRecord.Row> rows,
      List<String> notes,
      Map<String, MetricInfo> metrics) {
    static Parts of(RunRecord record) {
      return new Parts(
          record.title(),
          new LinkedHashMap<>(record.settings()),
          new ArrayList<>(record.data()),
          new ArrayList<>(record.variants()),
          new ArrayList<>(record.epochs()),
          new ArrayList<>(record.measurements()),
          new ArrayList<>(record.notes()),
          record.metrics().stream()
              .collect(
                  Collectors.toMap(MetricInfo::id, info -> info, (a, b) -> a, LinkedHashMap::new)));
    }

    Parts titled(String other) {
      return new Parts(
          other == null ? title : other, settings, data, variants, epochs, rows, notes, metrics);
    }
  }

  private RunRecord with(Parts parts) {
    return RecordDraft.of(record)
        .title(parts.title())
        .status(RunRecord.Status.RUNNING)
        .finished(null)
        .settings(parts.settings())
        .data(parts.data())
        .variants(parts.variants())
        .epochs(parts.epochs())
        .measurements(parts.rows())
        .notes(parts.notes())
        .metrics(List.copyOf(parts.metrics().values()))
        .record();
  }

  /** The title of the page. */
  public String title() {
    return record.title();
  }

  /** Whether this epoch of a variant was recorded from a file of features. */
  public boolean has(String variant, int epoch) {
    return record.epochs().stream()
        .anyMatch(done -> done.variant().equals(variant) && done.epoch() == epoch);
  }

  /**
   * Notes how the numbers are made; a setting that is there already must have the same value, since
   * numbers that were made in different ways are no curve.
   *
   * @throws InvalidInputException if it has another
   */
  public void set(String key, Object value) {
    Object before = record.settings().get(key);
    if (before != null && !before.toString().equals(String.valueOf(value))) {
      throw new InvalidInputException(
          "%s %s: this recording has %s; numbers made otherwise belong into another --out"
              .formatted(key, value, before));
    }
    Parts parts = Parts.of(record);
    parts.settings().put(key, value);
    record = with(parts);
  }

  /** A sentence for the page, once. */
  public void note(String sentence) {
    if (!record.notes().contains(sentence)) {
      Parts parts = Parts.of(record);
      parts.notes().add(sentence);
      record = with(parts);
    }
  }

  /**
   * Adds an epoch that was measured, and writes record and page.
   *
   * @param seconds how long measuring took
   */
  public void add(
      String variant,
      int epoch,
      double seconds,
      RunRecord.DataSet data,
      Collection<RunRecord.Row> rows,
      Collection<MetricInfo> infos) {
    Parts parts = Parts.of(record);
    parts.data().add(data);
    parts.epochs().add(new RunRecord.Epoch(variant, STAGE, epoch, 0, seconds));
    write(parts, rows, infos);
  }

  /**
   * Adds numbers that others computed, in place of those of the same name at the same epoch, and
   * writes record and page.
   */
  public void add(MetricsTable table) {
    Parts parts = Parts.of(record);
    parts.notes().addAll(table.notes());
    parts.rows().removeIf(row -> table.rows().stream().anyMatch(other -> samePlace(row, other)));
    write(parts, table.rows(), List.of());
  }

  private static boolean samePlace(RunRecord.Row a, RunRecord.Row b) {
    return a.epoch() == b.epoch()
        && a.metric().equals(b.metric())
        && a.variant().equals(b.variant())
        && a.stage().equals(b.stage())
        && a.layer().equals(b.layer());
  }

  private void write(Parts parts, Collection<RunRecord.Row> rows, Collection<MetricInfo> infos) {
    infos.forEach(info -> parts.metrics().putIfAbsent(info.id(), info));
    for (RunRecord.Row row : rows) {
      parts.rows().add(row);
      MetricInfo info =
          parts.metrics().getOrDefault(row.metric(), MetricInfo.unknown(row.metric()));
      followers.forEach(
          follower -> follower.number(row, info).ifPresent(said -> addOnce(parts, said)));
      if (parts.variants().stream().noneMatch(known -> known.name().equals(row.variant()))) {
        parts
            .variants()
            .add(new RunRecord.Variant(row.variant(), row.stage(), 0, 0, List.of(), null));
      }
    }
    record = with(parts);
    write();
  }

  private static void addOnce(Parts parts, String sentence) {
    if (!parts.notes().contains(sentence)) {
      parts.notes().add(sentence);
    }
  }

  /** What is there is a whole run until more is recorded. */
  private void write() {
    record =
        RecordDraft.of(record).status(RunRecord.Status.COMPLETE).finished(clock.now()).record();
    String name = path.toAbsolutePath().normalize().getFileName().toString();
    directory.writeReport(HtmlReport.render(List.of(new NamedRun(name, record))));
    directory.write(record);
    followers.forEach(follower -> follower.written(record, path));
  }

  @Override
  public void close() {
    followers.forEach(RunFollower::close);
    directory.close();
  }
}

package dev.collapsar.learn.run;

import dev.collapsar.learn.settings.Settings;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.EpochHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The notes of a run so far: the part of its record that grows. Its recorder guards it against
 * several threads.
 */
final class RunLog {
  private final List<RunRecord.DataSet> data = new ArrayList<>();
  private final List<RunRecord.Variant> variants = new ArrayList<>();
  private final List<RunRecord.Epoch> epochs = new ArrayList<>();
  private final List<RunRecord.Row> rows = new ArrayList<>();
  private final List<RunRecord.ClassRow> classes = new ArrayList<>();
  private final Map<String, MetricInfo> metrics = new LinkedHashMap<>();
  private final List<RunRecord.Classification> classifications = new ArrayList<>();
  private final List<RunRecord.Sample> samples = new ArrayList<>();
  private final List<ReportItem> items = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<String, Integer> kept = new LinkedHashMap<>();

  /** Says of which epoch a variant's network is. */
  void keep(String variant, int epoch) {
    kept.put(variant, epoch);
  }

  /** Of which epoch a variant's network is, where somebody said so. */
  OptionalInt kept(String variant) {
    Integer epoch = kept.get(variant);
    return epoch == null ? OptionalInt.empty() : OptionalInt.of(epoch);
  }

  void add(RunRecord.DataSet set) {
    data.add(set);
  }

  void add(RunRecord.Variant variant) {
    variants.add(variant);
  }

  void add(RunRecord.Row row) {
    rows.add(row);
  }

  void add(RunRecord.ClassRow row) {
    classes.add(row);
  }

  /** Whether the variant was trained in this stage. */
  boolean isOwnStage(Variant variant) {
    return variants.stream()
        .anyMatch(v -> v.name().equals(variant.name()) && v.stage().equals(variant.stage()));
  }

  /** Notes what a number is; the first to say so is believed. */
  void add(MetricInfo info) {
    metrics.putIfAbsent(info.id(), info);
  }

  void add(RunRecord.Epoch epoch) {
    epochs.add(epoch);
  }

  void add(RunRecord.Classification classification) {
    classifications.add(classification);
  }

  void add(RunRecord.Sample sample) {
    samples.add(sample);
  }

  void add(ReportItem item) {
    items.add(item);
  }

  /** Once, however often it is said. */
  void note(String sentence) {
    if (!notes.contains(sentence)) {
      notes.add(sentence);
    }
  }

  /** What an earlier process measured. */
  void add(EpochHistory history) {
    rows.addAll(history.rows());
    epochs.addAll(history.epochs());
    history.metrics().forEach(this::add);
  }

  /** Says where the adapter of a variant lies. */
  void adapter(String variant, String path) {
    variants.replaceAll(
        noted ->
            noted.name().equals(variant)
                ? new RunRecord.Variant(
                    variant,
                    noted.stage(),
                    noted.parameters(),
                    noted.trainable(),
                    noted.trainableTensors(),
                    path)
                : noted);
  }

  List<RunRecord.DataSet> data() {
    return List.copyOf(data);
  }

  /** Whether any network was about to be trained. */
  boolean hasVariants() {
    return !variants.isEmpty();
  }

  EpochHistory history() {
    return new EpochHistory(rows, epochs, List.copyOf(metrics.values()));
  }

  /** All of it, beside what the frame of the record says. */
  RunRecord within(Frame frame) {
    return new RunRecord(
        RunRecord.FORMAT,
        frame.recipe.name(),
        frame.recipe.title(frame.settings),
        frame.moment.status,
        frame.moment.started,
        frame.moment.finished,
        frame.settings.asMap(),
        frame.environment,
        frame.seed,
        data,
        variants,
        epochs,
        rows,
        classifications,
        samples,
        items,
        notes,
        frame.moment.resumed,
        List.copyOf(metrics.values()),
        classes);
  }

  /**
   * How far the run is when its record is written.
   *
   * @param finished null while it goes on
   */
  record Moment(
      RunRecord.Status status, Instant started, Instant finished, List<Instant> resumed) {}

  /** What of a record does not grow. */
  record Frame(
      Recipe recipe,
      Settings settings,
      RunRecord.Environment environment,
      long seed,
      Moment moment) {}
}

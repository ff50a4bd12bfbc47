package dev.collapsar.run;

import dev.collapsar.metric.MetricInfo;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A {@link RunRecord} whose parts are being exchanged; what is not named stays. */
public final class RecordDraft {
  private final RunRecord like;
  private String title;
  private RunRecord.Status status;
  private Instant finished;
  private Map<String, Object> settings;
  private long seed;
  private List<RunRecord.DataSet> data;
  private List<RunRecord.Variant> variants;
  private List<RunRecord.Epoch> epochs;
  private List<RunRecord.Row> measurements;
  private List<RunRecord.Classification> classifications;
  private List<RunRecord.Sample> samples;
  private List<ReportItem> exhibits;
  private List<String> notes;
  private List<Instant> resumed;
  private List<MetricInfo> metrics;
  private List<RunRecord.ClassRow> classes;

  private RecordDraft(RunRecord like) {
    this.like = like;
    this.title = like.title();
    this.status = like.status();
    this.finished = like.finished();
    this.settings = like.settings();
    this.seed = like.seed();
    this.data = like.data();
    this.variants = like.variants();
    this.epochs = like.epochs();
    this.measurements = like.measurements();
    this.classifications = like.classifications();
    this.samples = like.samples();
    this.exhibits = like.exhibits();
    this.notes = like.notes();
    this.resumed = like.resumed();
    this.metrics = like.metrics();
    this.classes = like.classes();
  }

  /** A run that has just begun: RUNNING, and nothing measured yet. */
  public static RecordDraft begun(
      String recipe, String title, RunRecord.Environment environment, Instant started) {
    return of(
        new RunRecord(
            RunRecord.FORMAT,
            recipe,
            title,
            RunRecord.Status.RUNNING,
            started,
            null,
            Map.of(),
            environment,
            0,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of()));
  }

  public static RecordDraft of(RunRecord like) {
    return new RecordDraft(like);
  }

  public RecordDraft title(String other) {
    title = other;
    return this;
  }

  public RecordDraft status(RunRecord.Status other) {
    status = other;
    return this;
  }

  public RecordDraft finished(Instant other) {
    finished = other;
    return this;
  }

  public RecordDraft settings(Map<String, Object> other) {
    settings = other;
    return this;
  }

  public RecordDraft seed(long other) {
    seed = other;
    return this;
  }

  public RecordDraft data(List<RunRecord.DataSet> other) {
    data = other;
    return this;
  }

  public RecordDraft variants(List<RunRecord.Variant> other) {
    variants = other;
    return this;
  }

  public RecordDraft epochs(List<RunRecord.Epoch> other) {
    epochs = other;
    return this;
  }

  public RecordDraft measurements(List<RunRecord.Row> other) {
    measurements = other;
    return this;
  }

  public RecordDraft classifications(List<RunRecord.Classification> other) {
    classifications = other;
    return this;
  }

  public RecordDraft samples(List<RunRecord.Sample> other) {
    samples = other;
    return this;
  }

  public RecordDraft exhibits(List<ReportItem> other) {
    exhibits = other;
    return this;
  }

  public RecordDraft notes(List<String> other) {
    notes = other;
    return this;
  }

  public RecordDraft resumed(List<Instant> other) {
    resumed = other;
    return this;
  }

  public RecordDraft metrics(List<MetricInfo> other) {
    metrics = other;
    return this;
  }

  public RecordDraft classes(List<RunRecord.ClassRow> other) {
    classes = other;
    return this;
  }

  /** The record of what was named here and what stayed. */
  public RunRecord record() {
    return new RunRecord(
        RunRecord.FORMAT,
        like.recipe(),
        title,
        status,
        like.started(),
        finished,
        settings,
        like.environment(),
        seed,
        data,
        variants,
        epochs,
        measurements,
        classifications,
        samples,
        exhibits,
        notes,
        resumed,
        metrics,
        classes);
  }
}

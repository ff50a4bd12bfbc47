package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.collapsar.classes.ClassNumbers;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Everything that a run leaves behind in numbers and words: what ran, where, on what, and what came
 * out. Reports, tables and differences are functions of this record alone. Written as {@code
 * record.json}; timings stand here and nowhere else. Immutable, and its lists and maps keep their
 * order.
 *
 * @param format version of the file's layout, {@link #FORMAT} when written by this code
 * @param recipe the recipe's name, such as {@code domain-shift}
 * @param settings every value that took part, by dotted key ({@code target.epochs}), as in
 *     recipe.yaml
 * @param started when the run began, in UTC
 * @param finished when the run ended, whatever its status; null while it is RUNNING
 * @param variants {@code base} and each adapted network, in the order they ran
 * @param samples images for the report's grid
 * @param exhibits what the recipe shows beside the metrics by epoch
 * @param notes what a reader must know, one sentence each (a metric's caveat, an option that
 *     changes the meaning)
 * @param resumed when the run was taken up again after it had broken off; empty if it ran in one go
 * @param metrics what each number measured is, so that who reads the record need not know it
 * @param classes what was measured of each class
 */
public record RunRecord(
    int format,
    String recipe,
    String title,
    Status status,
    Instant started,
    Instant finished,
    Map<String, Object> settings,
    Environment environment,
    long seed,
    List<DataSet> data,
    List<Variant> variants,
    List<Epoch> epochs,
    List<Row> measurements,
    List<Classification> classifications,
    List<Sample> samples,
    List<ReportItem> exhibits,
    List<String> notes,
    @JsonProperty(required = false) List<Instant> resumed,
    @JsonProperty(required = false) List<MetricInfo> metrics,
    @JsonProperty(required = false) List<ClassRow> classes) {
  public static final int FORMAT = 2;

  public RunRecord {
    Objects.requireNonNull(recipe, "recipe");
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(started, "started");
    Objects.requireNonNull(environment, "environment");
    settings = ordered(settings, "settings");
    data = copy(data, "data");
    variants = copy(variants, "variants");
    epochs = copy(epochs, "epochs");
    measurements = copy(measurements, "measurements");
    classifications = copy(classifications, "classifications");
    samples = copy(samples, "samples");
    exhibits = copy(exhibits, "exhibits");
    notes = copy(notes, "notes");
    resumed = resumed == null ? List.of() : copy(resumed, "resumed"); // null before there was any
    metrics = metrics == null ? List.of() : copy(metrics, "metrics"); // null in format 1
    classes = classes == null ? List.of() : copy(classes, "classes"); // null before there were any
  }

  private static <T> List<T> copy(List<T> list, String name) {
    Objects.requireNonNull(list, name);
    for (int i = 0; i < list.size(); i++) {
      Objects.requireNonNull(list.get(i), "%s[%s]".formatted(name, i));
    }
    return List.copyOf(list);
  }

  private static <V> Map<String, V> ordered(Map<String, V> map, String name) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(Objects.requireNonNull(map, name)));
  }

  private static Map<String, String> texts(Map<String, String> map, String name) {
    Map<String, String> texts = ordered(map, name);
    texts.forEach((key, text) -> Objects.requireNonNull(text, name + "." + key));
    return texts;
  }

  /** How the run ended; a record is written as RUNNING first and again at every epoch's end. */
  public enum Status {
    RUNNING,
    COMPLETE,
    INTERRUPTED,
    FAILED
  }

  /** Where it ran. */
  public record Environment(
      String collapsar,
      String java,
      String os,
      String cpu,
      int threads,
      String device,
      Map<String, String> natives) {
    public Environment {
      Objects.requireNonNull(collapsar, "collapsar");
      Objects.requireNonNull(java, "java");
      Objects.requireNonNull(os, "os");
      Objects.requireNonNull(cpu, "cpu");
      Objects.requireNonNull(device, "device");
      natives = texts(natives, "natives");
    }
  }

  /**
   * A set of samples that took part: role such as {@code base-train}; sha256 of each file by its
   * name.
   */
  public record DataSet(
      String role, String name, long samples, List<Integer> shape, Map<String, String> sha256) {
    public DataSet {
      Objects.requireNonNull(role, "role");
      Objects.requireNonNull(name, "name");
      shape = copy(shape, "shape");
      sha256 = texts(sha256, "sha256");
    }
  }

  /**
   * One network: how many parameters it has and how many of them were trained. {@code adapter} is a
   * path in the run directory or null.
   */
  public record Variant(
      String name,
      String stage,
      long parameters,
      long trainable,
      List<String> trainableTensors,
      String adapter) {
    public Variant {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(stage, "stage");
      trainableTensors = copy(trainableTensors, "trainableTensors");
    }
  }

  /** How long an epoch took, in seconds: its training steps and all its measuring. */
  public record Epoch(
      String variant, String stage, int epoch, double trainSeconds, double measureSeconds) {
    public Epoch {
      Objects.requireNonNull(variant, "variant");
      Objects.requireNonNull(stage, "stage");
    }
  }

  /**
   * One number: a line of metrics.csv. {@code epoch} counts from 0, before the stage's first step;
   * {@code layer} is a tap's name or empty. {@code value} is finite, or null where undefined, and
   * {@code note} then says why.
   */
  public record Row(
      String variant,
      String stage,
      int epoch,
      String layer,
      String metric,
      Double value,
      String note) {
    public Row {
      Objects.requireNonNull(variant, "variant");
      Objects.requireNonNull(stage, "stage");
      Objects.requireNonNull(layer, "layer");
      Objects.requireNonNull(metric, "metric");
      if (value == null ? note == null || note.isBlank() : !Double.isFinite(value)) {
        throw new IllegalArgumentException(
            "%s of %s at epoch %s must be finite, or undefined with a reason; got %s, %s"
                .formatted(metric, variant, epoch, value, note));
      }
    }

    /** Its columns in metrics.csv; a value reads back to the same double. */
    public Stream<String> fields() {
      return Stream.of(
          variant,
          stage,
          Integer.toString(epoch),
          layer,
          metric,
          value == null ? "" : Double.toString(value),
          note == null ? "" : note);
    }

    public static Row of(
        String variant, String stage, int epoch, String layer, Measurement measurement) {
      if (measurement instanceof Measurement.Defined defined) {
        return new Row(variant, stage, epoch, layer, defined.id(), defined.value(), defined.note());
      }
      Measurement.Undefined undefined = (Measurement.Undefined) measurement;
      return new Row(variant, stage, epoch, layer, undefined.id(), null, undefined.reason());
    }
  }

  /**
   * Numbers of one class: a line of classes.csv. What is unknown is null.
   *
   * @param label k
   * @param samples n_k
   * @param spread v_k, the mean of ||x - mu_k||^2 over the class
   * @param norm ||mc_k||
   * @param cosine cos(w_k, mc_k)
   * @param decided how many samples of the class were decided
   * @param nearestMeanHits to how many of these the mean of the class is the nearest
   * @param classifierHits how many of these the classifier gives the class
   */
  public record ClassRow(
      String variant,
      String stage,
      int epoch,
      String layer,
      int label,
      long samples,
      Double spread,
      double norm,
      Double cosine,
      Long decided,
      Long nearestMeanHits,
      Long classifierHits) {
    public ClassRow {
      Objects.requireNonNull(variant, "variant");
      Objects.requireNonNull(stage, "stage");
      Objects.requireNonNull(layer, "layer");
    }

    public static ClassRow of(
        String variant, String stage, int epoch, String layer, ClassNumbers numbers) {
      return new ClassRow(
          variant,
          stage,
          epoch,
          layer,
          numbers.label(),
          numbers.samples(),
          boxed(numbers.spread()),
          numbers.norm(),
          boxed(numbers.cosine()),
          boxed(numbers.decided()),
          boxed(numbers.nearestMeanHits()),
          boxed(numbers.classifierHits()));
    }

    private static Double boxed(OptionalDouble value) {
      return value.isPresent() ? (Double) value.getAsDouble() : null;
    }

    private static Long boxed(OptionalLong count) {
      return count.isPresent() ? (Long) count.getAsLong() : null;
    }
  }

  /**
   * scikit-learn's classification report of one variant on one test set; undefined ratios are 0 as
   * there (zero_division=0).
   *
   * @param confusion how many samples of each true class, a row each, were taken for each class;
   *     empty for very many classes and in records from before there was any
   */
  public record Classification(
      String variant,
      String on,
      List<ClassScore> classes,
      double accuracy,
      ClassScore macro,
      ClassScore weighted,
      @JsonProperty(required = false) List<List<Long>> confusion) {
    public Classification {
      confusion =
          confusion == null
              ? List.of()
              : copy(confusion, "confusion").stream().map(row -> copy(row, "confusion")).toList();
      int side = confusion.size();
      if (confusion.stream().anyMatch(row -> row.size() != side)) {
        throw new IllegalArgumentException("confusion must have as many columns as rows");
      }
      Objects.requireNonNull(variant, "variant");
      Objects.requireNonNull(on, "on");
      Objects.requireNonNull(macro, "macro");
      Objects.requireNonNull(weighted, "weighted");
      classes = copy(classes, "classes");
    }
  }

  /** One line of a classification report. */
  public record ClassScore(String label, double precision, double recall, double f1, long support) {
    public ClassScore {
      Objects.requireNonNull(label, "label");
    }
  }

  /**
   * An image of the report's sample grid: {@code row} such as {@code base} or {@code shifted}, PNG
   * bytes (base64 in JSON).
   */
  public record Sample(String row, String label, byte[] png) {
    public Sample {
      Objects.requireNonNull(row, "row");
      Objects.requireNonNull(label, "label");
      Objects.requireNonNull(png, "png");
    }
  }
}

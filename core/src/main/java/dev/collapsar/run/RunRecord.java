package dev.collapsar.run;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Everything that a run leaves behind in numbers and words: what ran, where, on what, and what came
 * out. Reports, tables and differences are functions of this record alone. Written as {@code
 * record.json}; timings stand here and nowhere else.
 *
 * @param format version of the file's layout, {@link #FORMAT} when written by this code
 * @param recipe the recipe's name, such as {@code domain-shift}
 * @param settings every value that took part, by dotted key ({@code target.epochs}), as in
 *     recipe.yaml
 * @param variants {@code base} and each adapted network, in the order they ran
 * @param samples images for the report's grid
 * @param notes what a reader must know, one sentence each (a metric's caveat, an option that
 *     changes the meaning)
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
    List<String> notes) {
  public static final int FORMAT = 1;

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
      Map<String, String> natives) {}

  /**
   * A set of samples that took part: role such as {@code base-train}; sha256 of each file by its
   * name.
   */
  public record DataSet(
      String role, String name, long samples, List<Integer> shape, Map<String, String> sha256) {}

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
      String adapter) {}

  /** How long an epoch took, in seconds: its training steps and all its measuring. */
  public record Epoch(
      String variant, String stage, int epoch, double trainSeconds, double measureSeconds) {}

  /**
   * One number: a line of metrics.csv. {@code value} is null where undefined, and {@code note} says
   * why.
   */
  public record Row(
      String variant,
      String stage,
      int epoch,
      String layer,
      String metric,
      Double value,
      String note) {}

  /**
   * scikit-learn's classification report of one variant on one test set; undefined ratios are 0 as
   * there (zero_division=0).
   */
  public record Classification(
      String variant,
      String on,
      List<ClassScore> classes,
      double accuracy,
      ClassScore macro,
      ClassScore weighted) {}

  /** One line of a classification report. */
  public record ClassScore(
      String label, double precision, double recall, double f1, long support) {}

  /**
   * An image of the report's sample grid: {@code row} such as {@code base} or {@code shifted}, PNG
   * bytes (base64 in JSON).
   */
  public record Sample(String row, String label, byte[] png) {}
}

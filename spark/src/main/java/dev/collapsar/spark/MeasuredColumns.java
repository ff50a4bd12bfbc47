package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** The data that are measured, as options of a command. */
final class MeasuredColumns {
  @Option(
      names = "--features",
      required = true,
      paramLabel = "PATH",
      description = "training features with their classes, in Parquet")
  private String features;

  @Option(
      names = "--label",
      paramLabel = "NAME",
      description = "the column of the classes, integers from 0 on (default: label)")
  private String label = "label";

  @Option(
      names = "--column",
      paramLabel = "NAME",
      description =
          "the column of the features: array<float>, array<double>, or binary with float32"
              + " little-endian (default: features)")
  private String column = "features";

  @Option(
      names = "--classes",
      paramLabel = "K",
      description = "how many there are (default: rows of the weights, else largest label + 1)")
  private Integer classes;

  @Option(
      names = "--weights",
      paramLabel = "FILE[#NAME]",
      description =
          "the classifier's weights, (K, D), in .npy, .npz or .safetensors; for nc2 of weights, nc3"
              + " and nc4")
  private String weights;

  @Option(names = "--bias", paramLabel = "FILE[#NAME]", description = "its bias, (K)")
  private String bias;

  @Option(
      names = "--test",
      paramLabel = "PATH",
      description = "nc4 is of these rather than of the training features; same columns")
  private String test;

  @Option(
      names = "--ood",
      paramLabel = "PATH",
      description = "out-of-distribution features, for nc5; same column")
  private String ood;

  @Option(
      names = "--ood-label",
      paramLabel = "NAME",
      description =
          "the column of their own classes, if they are balanced by class (default: none)")
  private String oodLabel;

  private Matrix matrix;
  private double[] biases;

  /** Reads what is on this machine, before Spark is started. */
  void check() {
    requireTogether("--bias", bias, "--weights", weights);
    requireTogether("--ood-label", oodLabel, "--ood", ood);
    if (classes != null && classes < 1) {
      throw new InvalidInputException("--classes %s: must be 1 or more".formatted(classes));
    }
    if (weights != null) {
      try (ArrayFile file = ArrayFile.open(weights)) {
        StoredArray array = file.weights();
        matrix = Matrix.of((int) array.shape()[0], (int) array.shape()[1], array.toDoubles());
      }
    }
    if (bias != null) {
      try (ArrayFile file = ArrayFile.open(bias)) {
        biases = file.bias().toDoubles();
      }
    }
  }

  private static void requireTogether(
      String option, String value, String needed, String neededValue) {
    if (value != null && neededValue == null) {
      throw new InvalidInputException("%s %s: needs %s too".formatted(option, value, needed));
    }
  }

  /** Hands the data to the measurement. */
  Collapse open(SparkSession spark) {
    SparkFeatures train = SparkFeatures.ofParquet(spark, features, label, column);
    int count = classes != null ? classes : matrix != null ? matrix.rows() : train.classes();
    Collapse collapse = Collapse.of(train, count);
    if (matrix != null) {
      collapse = with("--weights", weights, matrix, collapse::withWeights);
    }
    if (biases != null) {
      collapse = with("--bias", bias, biases, collapse::withBias);
    }
    if (test != null) {
      SparkFeatures tested = SparkFeatures.ofParquet(spark, test, label, column);
      collapse = with("--test", test, tested, collapse::withTest);
    }
    if (ood != null) {
      SparkFeatures others = SparkFeatures.ofParquet(spark, ood, oodLabel, column);
      int otherClasses = oodLabel == null ? 1 : others.classes();
      Collapse before = collapse;
      collapse = with("--ood", ood, others, features -> before.withOod(features, otherClasses));
    }
    return collapse;
  }

  private static <T> Collapse with(
      String option, String value, T input, Function<T, Collapse> use) {
    return InvalidInputException.naming(option, value, () -> use.apply(input));
  }
}

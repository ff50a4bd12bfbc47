package dev.collapsar.learn.evidence;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.update.LinearCka;
import java.util.Arrays;
import java.util.OptionalDouble;

/** How alike two representations of the same samples are: {@code cka_before}. */
public final class Likeness {
  private static final int BATCH = 1024;

  /** What would take more floating point operations is left out: some seconds. */
  private static final double MOST_OPERATIONS = 2e11;

  private Likeness() {}

  /**
   * The unbiased linear CKA of a representation with the one before, in single precision.
   *
   * @param before (N,D)
   * @param now (N,D) of the same samples in the same order
   */
  public static Measurement of(FeatureArray before, FeatureArray now) {
    if (before == now) {
      return Measurement.of(LearnMetrics.CKA_BEFORE, 1, "the representation is frozen");
    }
    double width = now.width();
    if (6 * now.rows() * width * width > MOST_OPERATIONS) {
      return Measurement.undefined(
          LearnMetrics.CKA_BEFORE,
          "left out: products of %s samples of %s values would take too long"
              .formatted(now.rows(), now.width()));
    }
    try (Blas blas = Blas.open(1);
        BatchSource first = before.read(BATCH);
        BatchSource second = now.read(BATCH)) {
      LinearCka cka = new LinearCka(means(before), means(now), blas);
      for (LabeledBatch x = first.next(); x != null; x = first.next()) {
        cka.add(matrix(x), matrix(second.next()));
      }
      OptionalDouble value = cka.value();
      return value.isPresent()
          ? Measurement.of(LearnMetrics.CKA_BEFORE, value.getAsDouble())
          : Measurement.undefined(
              LearnMetrics.CKA_BEFORE, "fewer than 4 images, or all features are alike");
    }
  }

  private static double[] means(FeatureArray features) {
    double[] means = new double[features.width()];
    try (BatchSource source = features.read(BATCH)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        double[] rows = matrix(batch).toArray();
        for (int i = 0; i < rows.length; i++) {
          means[i % means.length] += rows[i];
        }
      }
    }
    for (int j = 0; j < means.length; j++) {
      means[j] /= features.rows();
    }
    return means;
  }

  private static Matrix matrix(LabeledBatch batch) {
    int from = batch.start() * batch.width();
    int to = from + batch.rows() * batch.width();
    return Matrix.of(batch.rows(), batch.width(), Arrays.copyOfRange(batch.floats(), from, to));
  }
}

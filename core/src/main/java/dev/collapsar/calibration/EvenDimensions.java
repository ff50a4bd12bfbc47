package dev.collapsar.calibration;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import java.util.List;
import java.util.OptionalDouble;

/**
 * De = (tr T)^2 / (tr T^2 - sum ||x||^4 / N^2), T the covariance of all rows x about their mean: of
 * how many dimensions features are that spread as evenly.
 */
final class EvenDimensions {
  private static final int BATCH = 1024;

  private EvenDimensions() {}

  /**
   * By one pass over the features.
   *
   * @param moments of all of them, every class with samples
   * @return empty without the scatter, or where rows are too few to tell
   */
  static OptionalDouble of(
      FeatureTable features, ClassMoments moments, Blas blas, Workers workers) {
    if (moments.scatter().isEmpty()) {
      return OptionalDouble.empty();
    }
    int width = moments.width();
    double samples = moments.samples();
    double[] centre = new double[width];
    for (int i = 0; i < moments.means().length(); i++) {
      centre[i % width] += moments.count(i / width) / samples * moments.means().at(i);
    }
    double[] apart = moments.means().toArray();
    for (int i = 0; i < apart.length; i++) {
      apart[i] = Math.sqrt(moments.count(i / width)) * (apart[i] - centre[i % width]);
    }
    double[] total = blas.columnGram(Matrix.of(moments.classes(), width, apart)).toArray();
    for (int i = 0; i < total.length; i++) {
      total[i] = (total[i] + moments.scatter().get().at(i)) / samples;
    }
    long rows = features.rows();
    int parts = workers.threads();
    List<Double> fourth =
        workers.map(
            parts, p -> fourthPowers(features, rows * p / parts, rows * (p + 1) / parts, centre));
    return of(
        Matrix.of(width, width, total),
        fourth.stream().mapToDouble(Double::doubleValue).sum(),
        samples);
  }

  /**
   * From what is known already.
   *
   * @param total T (D,D)
   * @param fourth sum ||x||^4
   * @return empty where rows are too few to tell
   */
  static OptionalDouble of(Matrix total, double fourth, double samples) {
    double trace = 0;
    double square = 0;
    for (int i = 0; i < total.length(); i++) {
      double t = total.at(i);
      trace += i % (total.columns() + 1) == 0 ? t : 0;
      square += t * t;
    }
    double own = fourth / samples / samples;
    return square > own
        ? OptionalDouble.of(trace * trace / (square - own))
        : OptionalDouble.empty();
  }

  private static double fourthPowers(FeatureTable features, long from, long to, double[] centre) {
    double sum = 0;
    double[] row = new double[centre.length];
    try (BatchSource source = features.read(from, to, BATCH)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        for (int i = 0; i < batch.rows(); i++) {
          ClassSums.centred(batch, i, 0, centre, row);
          double square = 0;
          for (double value : row) {
            square += value * value;
          }
          sum += square * square;
        }
      }
    }
    return sum;
  }
}

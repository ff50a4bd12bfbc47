package dev.collapsar.calibration;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Some labellings at once, by their class sums: one rotation for all, then each by itself. */
final class LabelledBlock {
  /** Operations of one labelling above which it has all threads, as {@link Blas} shares them. */
  private static final double LARGE = 1e8;

  private final TotalSpread total;
  private final ClassSums.Sums sums;
  private final Blas blas;

  LabelledBlock(TotalSpread total, ClassSums.Sums sums, Blas blas) {
    this.total = total;
    this.sums = sums;
    this.blas = blas;
  }

  List<Map<String, Double>> numbers(Workers workers) {
    int classes = total.classes();
    int width = total.width();
    int draws = sums.sums().length;
    double[] means = new double[Math.multiplyExact(draws * classes, width)];
    double[][] variances = new double[draws][classes];
    for (int d = 0; d < draws; d++) {
      for (int k = 0; k < classes; k++) {
        double count = total.counts()[k];
        double square = 0;
        for (int j = 0; j < width; j++) {
          double mean = sums.sums()[d][k * width + j] / count;
          means[(d * classes + k) * width + j] = mean;
          square += mean * mean;
        }
        variances[d][k] = Math.max(0, sums.squares()[d][k] / count - square);
      }
    }
    Matrix rotated =
        blas.timesTransposed(
            Matrix.of(draws * classes, width, means), total.directions()); // (mK,r)
    double largest = 4.0 * classes * classes * Math.max(classes, rotated.columns());
    if (largest < LARGE) {
      return workers.map(draws, d -> numbers(rotated, d, variances[d]));
    }
    List<Map<String, Double>> found = new ArrayList<>();
    for (int d = 0; d < draws; d++) {
      found.add(numbers(rotated, d, variances[d]));
    }
    return found;
  }

  private Map<String, Double> numbers(Matrix rotated, int draw, double[] variances) {
    int size = total.classes() * rotated.columns();
    double[] means = new double[size];
    rotated.copy(draw * size, means, 0, size);
    return LabelledNumbers.of(
        total, Matrix.of(total.classes(), rotated.columns(), means), variances, blas);
  }
}

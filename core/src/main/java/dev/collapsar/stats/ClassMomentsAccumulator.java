package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;

/**
 * Collects {@link ClassMoments} in one pass over batches of any size.
 *
 * <p>Every class is shifted by a pivot p_k, its first sample (or the mean of the first part merged
 * into it): with d = x - p the state is the count n, the sum s of d, and the sum q of ||d||^2, from
 * which the mean is p + s/n and the squared deviation q - ||s||^2/n. The pivot being a sample of
 * the class, q is at most n+1 times the result, so that the difference loses no digit to the
 * distance of the class from the origin, however collapsed it is.
 */
public final class ClassMomentsAccumulator implements Accumulator<LabeledBatch, ClassMoments> {
  private final int classes;
  private final int width;
  private final long[] counts;
  private final double[] pivots; // (K,D)
  private final double[] sums; // (K,D)
  private final double[] squares; // (K)

  public ClassMomentsAccumulator(int classes, int width) {
    if (classes < 1 || width < 1) {
      throw new IllegalArgumentException(
          "classes and width must be positive, got %d and %d".formatted(classes, width));
    }
    this.classes = classes;
    this.width = width;
    counts = new long[classes];
    pivots = new double[Math.multiplyExact(classes, width)];
    sums = new double[pivots.length];
    squares = new double[classes];
  }

  /**
   * {@inheritDoc}
   *
   * @throws InvalidInputException naming the row, if its label is not in 0..K-1 or one of its
   *     features is not finite
   */
  @Override
  public void add(LabeledBatch batch) {
    if (batch.width() != width) {
      throw new IllegalArgumentException(
          "batch of width %d added to moments of width %d".formatted(batch.width(), width));
    }
    double[] row = new double[width];
    for (int i = 0; i < batch.rows(); i++) {
      int label = BatchRows.label(batch, i, classes);
      BatchRows.copy(batch, i, row);
      add(label, row);
      if (!Double.isFinite(squares[label])) {
        throw BatchRows.notFinite(batch, i);
      }
    }
  }

  private void add(int label, double[] row) {
    int at = label * width;
    if (counts[label]++ == 0) {
      System.arraycopy(row, 0, pivots, at, width);
      for (double x : row) {
        squares[label] += 0 * x;
      }
      return;
    }
    double square = 0;
    for (int j = 0; j < width; j++) {
      double d = row[j] - pivots[at + j];
      sums[at + j] += d;
      square += d * d;
    }
    squares[label] += square;
  }

  @Override
  public void merge(ClassMoments part) {
    if (part.classes() != classes || part.width() != width) {
      throw new IllegalArgumentException(
          "moments of %d classes x %d merged into %d x %d"
              .formatted(part.classes(), part.width(), classes, width));
    }
    double[] means = part.means().array();
    for (int k = 0; k < classes; k++) {
      if (part.count(k) > 0) {
        merge(k, part.count(k), means, part.squaredDeviations(k));
      }
    }
  }

  /** With the part's n, mean m and M2: s += n (m - p) and q += M2 + n ||m - p||^2. */
  private void merge(int k, long count, double[] means, double squaredDeviations) {
    int at = k * width;
    if (counts[k] == 0) {
      System.arraycopy(means, at, pivots, at, width);
    }
    double shift = 0;
    for (int j = at; j < at + width; j++) {
      double d = means[j] - pivots[j];
      sums[j] += count * d;
      shift += d * d;
    }
    counts[k] += count;
    squares[k] += squaredDeviations + count * shift;
  }

  @Override
  public ClassMoments snapshot() {
    double[] means = new double[pivots.length];
    double[] deviations = new double[classes];
    for (int k = 0; k < classes; k++) {
      int at = k * width;
      if (counts[k] == 0) {
        Arrays.fill(means, at, at + width, Double.NaN);
        continue;
      }
      double shift = 0;
      for (int j = at; j < at + width; j++) {
        means[j] = pivots[j] + sums[j] / counts[k];
        shift += sums[j] * sums[j];
      }
      deviations[k] = Math.max(0, squares[k] - shift / counts[k]);
    }
    return new ClassMoments(counts.clone(), Matrix.of(classes, width, means), deviations, null);
  }
}

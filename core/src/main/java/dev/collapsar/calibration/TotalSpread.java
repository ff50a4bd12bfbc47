package dev.collapsar.calibration;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.stats.PairwiseSums;
import java.util.Arrays;
import java.util.Optional;

/**
 * What every labelling of the same rows with the same class sizes shares: T, the covariance of all
 * rows about their own mean (divisor N), as V^T diag(t) V, and the class sizes.
 */
final class TotalSpread {
  private final long[] counts;
  private final long samples;
  private final double[] values; // t (r), above the tolerance
  private final Matrix directions; // V (r,D)
  private final Matrix weights; // W V^T (K,r), or null
  private final double[] weightNorms;

  /**
   * @param total T (D,D)
   * @param weights W (K,D), or null
   */
  TotalSpread(long[] counts, Matrix total, Matrix weights, Blas blas) {
    this.counts = counts.clone();
    samples = Arrays.stream(counts).sum();
    SymmetricEigen eigen = blas.eigen(total);
    int width = total.rows();
    double least = Math.max(samples, width) * Math.ulp(1.0) * eigen.values()[width - 1];
    int[] kept = new int[width];
    int rank = 0;
    while (rank < width && eigen.values()[width - 1 - rank] > Math.max(0, least)) {
      kept[rank] = width - 1 - rank;
      rank++;
    }
    kept = Arrays.copyOf(kept, rank);
    values = Arrays.stream(kept).mapToDouble(i -> eigen.values()[i]).toArray();
    directions = eigen.vectors().rows(kept);
    this.weights = weights == null ? null : blas.timesTransposed(weights, directions);
    weightNorms = weights == null ? new double[0] : PairwiseSums.rowNorms(weights);
  }

  int classes() {
    return counts.length;
  }

  /** D. */
  int width() {
    return directions.columns();
  }

  long[] counts() {
    return counts;
  }

  /** n_k / N. */
  double[] shares() {
    return Arrays.stream(counts).mapToDouble(n -> (double) n / samples).toArray();
  }

  /** t (r), descending, all positive. */
  double[] values() {
    return values;
  }

  /** V (r,D). */
  Matrix directions() {
    return directions;
  }

  /** W in these coordinates (K,r). */
  Optional<Matrix> weights() {
    return Optional.ofNullable(weights);
  }

  /** ||w_k|| (K). */
  double[] weightNorms() {
    return weightNorms;
  }

  /** Whether all classes have as many rows. */
  boolean isBalanced() {
    return Arrays.stream(counts).allMatch(n -> n == counts[0]);
  }

  /**
   * Whether the rows span all N-1 dimensions that N rows can: then any labelling is told apart
   * perfectly by some direction, and {@code nc1_vci} is 0 for each.
   */
  boolean isSpanned() {
    return values.length >= samples - 1;
  }
}

package dev.collapsar.calibration;

import static dev.collapsar.metric.DualGeometry.NC3U_UNI_DUAL;
import static dev.collapsar.metric.MeansGeometry.NC2G_RIESZ;
import static dev.collapsar.metric.MeansGeometry.NC2G_RIESZ_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_NORMS_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_NORMS_STD;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.stats.PairwiseSums;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The total spread, which every labelling of the same rows with the same class sizes shares: T, the
 * covariance of all rows about their own mean (divisor N), as V^T diag(t) V, and the class sizes.
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

  /** tr T. */
  private double trace() {
    return Arrays.stream(values).sum();
  }

  /**
   * How large a value is whose rounding counts, of each number that has a scale: lengths those of
   * the features, w_k . mc_k those of features and weights; of Riesz energies, which for large D
   * are of any size, the draws alone say.
   */
  Map<String, Double> units() {
    double length = Math.sqrt(trace());
    double product = length * Arrays.stream(weightNorms).max().orElse(0);
    return Map.of(
        NC2_NORMS_MEAN.id(),
        length,
        NC2_NORMS_STD.id(),
        length,
        NC3U_UNI_DUAL.id(),
        product * product,
        NC2G_RIESZ.id(),
        0.0,
        NC2G_RIESZ_MEAN.id(),
        0.0);
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

  /** N. */
  long samples() {
    return samples;
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

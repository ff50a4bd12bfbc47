package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.List;

/**
 * Whether two updates, as a rule of different ranks, begin with the same directions: phi(i, j) =
 * ||U_i V_j^T||_F^2 / min(i, j) for the first i rows of U and the first j of V, in [0, 1]. Hu et
 * al. 2021, section 7.2, of the right singular vectors of the factors A; of the updates' own right
 * singular vectors it does not depend on how an update is factored.
 */
public final class RankSimilarity {
  /** {@code rank_similarity}, phi(m, m) with m the smaller number of directions. */
  public static final MetricInfo INFO =
      MetricInfo.of(
              "rank_similarity",
              "Similarity across ranks",
              Group.ALIGNMENT,
              "How much of the update's first directions lies in those of the update of the rank"
                  + " before it.")
          .on(Axis.LINEAR)
          .rising("")
          .defined("phi(m, m) = ||U_m V_m^T||_F^2 / m, m = min(r, r')", "[0, 1]")
          .undefinedWhere("an update is zero")
          .from("Hu et al. 2021, 7.2");

  private final double[][] phi; // [i-1][j-1]
  private final int width;

  private RankSimilarity(double[][] phi, int width) {
    this.phi = phi;
    this.width = width;
  }

  /**
   * @param first U (r,n), orthonormal rows, the largest singular value's first
   * @param second V (q,n), likewise
   */
  public static RankSimilarity of(Matrix first, Matrix second) {
    if (first.columns() != second.columns() || first.rows() == 0 || second.rows() == 0) {
      throw new InvalidInputException(
          "directions must be one or more of the same space, got %s and %s"
              .formatted(first, second));
    }
    Matrix products = Blas.reference().timesTransposed(first, second);
    double[][] phi = new double[first.rows()][second.rows()];
    for (int i = 0; i < first.rows(); i++) {
      double row = 0;
      for (int j = 0; j < second.rows(); j++) {
        row += products.get(i, j) * products.get(i, j);
        phi[i][j] = row + (i > 0 ? phi[i - 1][j] * Math.min(i, j + 1) : 0);
      }
      for (int j = 0; j < second.rows(); j++) {
        phi[i][j] /= Math.min(i + 1, j + 1);
      }
    }
    return new RankSimilarity(phi, first.columns());
  }

  /** m, the smaller number of directions. */
  public int least() {
    return Math.min(phi.length, phi[0].length);
  }

  /**
   * {@code rank_similarity} and its chance, m/n.
   *
   * @param with what is said of the other update
   */
  public List<Measurement> measurements(String with) {
    int m = least();
    return List.of(
        Measurement.of(INFO, phi(m, m), with),
        Measurement.of(
            INFO.beside(
                "_null_closed_form",
                "chance by a formula",
                "Where one side is drawn uniformly.",
                Column.CLOSED_FORM),
            chance(m, m)));
  }

  /** phi(i, j), i and j from 1 on. */
  public double phi(int i, int j) {
    return phi[i - 1][j - 1];
  }

  /** All of it, row i - 1 and column j - 1; a copy. */
  public double[][] grid() {
    double[][] copy = new double[phi.length][];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = phi[i].clone();
    }
    return copy;
  }

  /** The mean of phi(i, j) where one side is drawn uniformly: max(i, j) / n. */
  public double chance(int i, int j) {
    return (double) Math.max(i, j) / width;
  }
}

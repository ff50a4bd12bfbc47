package dev.collapsar.stats;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;

/**
 * What {@link FewClassesAccumulator}s share: a {@link Projection} on directions Q = C Mc, and a
 * {@link DecisionRule}, in the form of one product in double precision. To be closed after them,
 * and before the two.
 *
 * <p>With the deviation d = x - mu_y of a sample, its products with the centred means mc_k and the
 * weights w_k give all three: ||Q d||^2 = (Mc d)^T C^T C (Mc d); the nearest mean has the largest d
 * . mc_k - ||mu_y - mu_k||^2 / 2; the linear score is d . w_k + (w_k . mu_y + b_k).
 */
public final class FewClasses implements AutoCloseable {
  /** More classes than these gain nothing over two products, and the tables are (K,K). */
  public static final int MOST = 32;

  private static final double ROUNDING = 0x1p-53;

  final Blas blas;
  final Projection projection;
  final DecisionRule rule;
  final Matrix coefficients; // C (R,K)
  final DoubleBlock vectors; // (2K,D): mc_k, then w_k
  final double[][] nearestOffsets; // (K,K), row y
  final double[][] linearOffsets; // (K,K), row y
  final double[] nearestMargins; // (K)
  final double[] linearMargins; // (K)

  /**
   * @param centred Mc (K,D), of all the classes of the rule
   * @param coefficients C (R,K)
   */
  public FewClasses(Projection projection, DecisionRule rule, Matrix centred, Matrix coefficients) {
    int classes = rule.classes();
    if (centred.rows() != classes || coefficients.columns() != classes) {
      throw new IllegalArgumentException(
          "%d classes need centred means and coefficients of all, got %s and %s"
              .formatted(classes, centred, coefficients));
    }
    this.blas = rule.blas;
    this.projection = projection;
    this.rule = rule;
    this.coefficients = coefficients;
    nearestOffsets = new double[classes][classes];
    linearOffsets = new double[classes][classes];
    nearestMargins = new double[classes];
    linearMargins = new double[classes];
    for (int y = 0; y < classes; y++) {
      double[] mean = rule.moments().means().row(y);
      for (int k = 0; k < classes; k++) {
        nearestOffsets[y][k] = rule.score(false, k, mean) / 2;
        linearOffsets[y][k] = rule.score(true, k, mean);
      }
    }
    margins(PairwiseSums.rowNorms(centred), PairwiseSums.rowNorms(rule.weights()));
    vectors = blas.doubles(Math.multiplyExact(2 * classes, centred.columns()));
    vectors.buffer().put(0, centred.array());
    vectors.buffer().put(centred.array().length, rule.weights().array());
  }

  /**
   * Twice generous bounds on the error of the scores and of the definitions: D + 8 roundings of
   * products of norms. No deviation is longer than the root of its class's squared deviations.
   */
  private void margins(double[] centredNorms, double[] weightNorms) {
    double apart = 2 * largest(centredNorms);
    double weight = largest(weightNorms);
    double factor = 8 * (rule.width() + 8) * ROUNDING;
    for (int y = 0; y < nearestMargins.length; y++) {
      double deviation = 1.01 * Math.sqrt(rule.moments().squaredDeviations(y));
      double reach = deviation + apart + norm(rule.moments().means().row(y));
      nearestMargins[y] = factor * (deviation + apart) * (deviation + apart);
      linearMargins[y] = factor * (weight * reach + largest(linearOffsets[y]));
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double norm(double[] values) {
    double square = 0;
    for (double value : values) {
      square += value * value;
    }
    return Math.sqrt(square);
  }

  @Override
  public void close() {
    vectors.close();
  }
}

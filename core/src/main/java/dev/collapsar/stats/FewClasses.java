package dev.collapsar.stats;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;

/**
 * The frozen part that {@link FewClassesAccumulator}s share: a {@link Projection} on directions Q =
 * C Mc, and a {@link DecisionRule}, in the form of one product in double precision. To be closed
 * after them, and before the two.
 *
 * <p>A sample x of class y is taken from an origin o_y. The products of z = x - o_y with the
 * centred means mc_k and the weights w_k give all three: with the deviation d = x - mu_y, mc_k . d
 * = mc_k . z - mc_k . (mu_y - o_y), and ||Q d||^2 = (Mc d)^T C^T C (Mc d); the nearest mean has the
 * largest mc_k . d - ||mu_y - mu_k||^2 / 2; the linear score is w_k . z + (w_k . o_y + b_k).
 *
 * <p>The origin is one for all classes, the mean of their means, which the processor's cache keeps;
 * but that of each class is its own mean where the means are so far apart, beside the deviations,
 * that the difference above would cost more than 12 of a double's 53 bits.
 */
final class FewClasses implements AutoCloseable {
  /** More classes than these gain nothing over two products, and the tables are (K,K). */
  public static final int MOST = 32;

  private static final double ROUNDING = 0x1p-53;

  /** How far from a shared origin, relative to their samples' deviations, means may be. */
  private static final double FAR = 0x1p12;

  final Blas blas;
  final Projection projection;
  final DecisionRule rule;
  final Matrix coefficients; // C (R,K)
  final DoubleBlock vectors; // (D,2K): columns mc_k, then w_k
  final double[][] origins; // (K,D)
  final double[][] shifts; // (K,K), row y: mc_k . (mu_y - o_y)
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
          "%s classes need centred means and coefficients of all, got %s and %s"
              .formatted(classes, centred, coefficients));
    }
    this.blas = rule.blas;
    this.projection = projection;
    this.rule = rule;
    this.coefficients = coefficients;
    origins = origins(rule.moments());
    shifts = new double[classes][classes];
    nearestOffsets = new double[classes][classes];
    linearOffsets = new double[classes][classes];
    nearestMargins = new double[classes];
    linearMargins = new double[classes];
    double apart = 2 * largest(PairwiseSums.rowNorms(centred));
    double weight = largest(PairwiseSums.rowNorms(rule.weights()));
    for (int y = 0; y < classes; y++) {
      offsets(y, centred);
      margins(y, apart, weight);
    }
    vectors = blas.doubles(Math.multiplyExact(2 * classes, centred.columns()));
    for (int j = 0; j < centred.columns(); j++) {
      for (int k = 0; k < classes; k++) {
        vectors.buffer().put(2 * classes * j + k, centred.get(k, j));
        vectors.buffer().put(2 * classes * j + classes + k, rule.weights().get(k, j));
      }
    }
  }

  private static double[][] origins(ClassMoments moments) {
    double[] centre = DecisionRule.meanOfMeans(moments);
    double squares = 0;
    for (int k = 0; k < moments.classes(); k++) {
      squares += moments.squaredDeviations(k);
    }
    double[][] origins = new double[moments.classes()][];
    Arrays.fill(origins, centre);
    if (DecisionRule.spread(moments, centre) > FAR * Math.sqrt(squares / moments.samples())) {
      Arrays.setAll(origins, moments.means()::row);
    }
    return origins;
  }

  private void offsets(int y, Matrix centred) {
    double[] mean = rule.moments().means().row(y);
    for (int k = 0; k < nearestMargins.length; k++) {
      for (int j = 0; j < mean.length; j++) {
        shifts[y][k] += centred.get(k, j) * (mean[j] - origins[y][j]);
      }
      nearestOffsets[y][k] = rule.score(false, k, mean) / 2 - shifts[y][k];
      linearOffsets[y][k] = rule.score(true, k, origins[y]);
    }
  }

  /**
   * Twice generous bounds on the error of the scores and of the definitions: D + 8 roundings of
   * products of norms. No deviation is longer than the root of its class's squared deviations, and
   * no origin further from the class's mean than two means are apart.
   */
  private void margins(int y, double apart, double weight) {
    double deviation = 1.01 * Math.sqrt(rule.moments().squaredDeviations(y)) + apart;
    double reach = deviation + apart + DecisionRule.norm(rule.moments().means().row(y));
    double factor = 8 * (rule.width() + 8) * ROUNDING;
    nearestMargins[y] = factor * (deviation + apart) * (deviation + apart);
    linearMargins[y] = factor * (weight * reach + largest(linearOffsets[y]));
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @Override
  public void close() {
    vectors.close();
  }
}

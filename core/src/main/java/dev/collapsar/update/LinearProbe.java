package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.inference.Accuracy;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassMoments;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Linear probes of some features for their classes: classifiers that follow from the moments of the
 * training features alone, to be tried on others.
 *
 * @param weights (K,D)
 * @param bias (K); -infinity of a class without samples, which is never chosen
 */
public record LinearProbe(Matrix weights, double[] bias) {
  /** {@code probe_accuracy}, in [0, 1]. */
  public static final MetricInfo ACCURACY =
      MetricInfo.of(
              "probe_accuracy",
              "Linear probe",
              Group.LEARNING,
              "Test accuracy of a linear classifier fitted to the training features by least"
                  + " squares.")
          .on(Axis.SHARE)
          .rising("1")
          .defined(
              "argmax_k of the least-squares fit of e_y to (x, 1), ridge 1e-6 tr T / D", "[0, 1]");

  /** {@code nearest_mean_accuracy}, in [0, 1]. */
  public static final MetricInfo NEAREST_MEAN_ACCURACY =
      MetricInfo.of(
              "nearest_mean_accuracy",
              "Nearest class mean",
              Group.LEARNING,
              "Test accuracy of choosing the class whose training mean is nearest.")
          .on(Axis.SHARE)
          .rising("1")
          .defined("share of test samples with argmin_k ||x - mu_k|| = y", "[0, 1]");

  private static final double RIDGE = 1e-6;

  /**
   * Least squares of e_y on (x, 1) with a ridge of 1e-6 times the mean eigenvalue of T, the
   * covariance of all rows about their mean m: w_k = (n_k/N) (T + ridge)^-1 (mu_k - m), b_k = n_k/N
   * - w_k . m. The ridge makes it unique where features outnumber samples.
   *
   * @param moments of the training features, with their scatter
   */
  public static LinearProbe leastSquares(ClassMoments moments, Blas blas) {
    int width = moments.width();
    Matrix scatter =
        moments
            .scatter()
            .orElseThrow(() -> new InvalidInputException("a linear probe needs the scatter"));
    double samples = moments.samples();
    double[] centre = centre(moments);
    int[] seen = seen(moments);
    double[] apart = new double[seen.length * width];
    for (int i = 0; i < apart.length; i++) {
      int k = seen[i / width];
      apart[i] =
          Math.sqrt(moments.count(k) / samples)
              * (moments.means().get(k, i % width) - centre[i % width]);
    }
    double[] total = blas.columnGram(Matrix.of(seen.length, width, apart)).toArray();
    double trace = 0;
    for (int i = 0; i < total.length; i++) {
      total[i] += scatter.at(i) / samples;
      trace += i % (width + 1) == 0 ? total[i] : 0;
    }
    if (!(trace > 0)) {
      throw new InvalidInputException("a linear probe needs features that differ");
    }
    SymmetricEigen eigen = blas.eigen(Matrix.of(width, width, total));
    double[] turned =
        blas.timesTransposed(Matrix.of(seen.length, width, apart), eigen.vectors()).toArray();
    for (int i = 0; i < turned.length; i++) {
      turned[i] /= Math.max(0, eigen.values()[i % width]) + RIDGE * trace / width;
    }
    Matrix solved = blas.times(Matrix.of(seen.length, width, turned), eigen.vectors());
    return fitted(moments, seen, solved, centre);
  }

  /** From (T + ridge)^-1 sqrt(n_k/N) (mu_k - m). */
  private static LinearProbe fitted(
      ClassMoments moments, int[] seen, Matrix solved, double[] centre) {
    int width = moments.width();
    double[] weights = new double[moments.classes() * width];
    double[] bias = new double[moments.classes()];
    Arrays.fill(bias, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < seen.length; i++) {
      int k = seen[i];
      double share = (double) moments.count(k) / moments.samples();
      bias[k] = share;
      for (int j = 0; j < width; j++) {
        double weight = Math.sqrt(share) * solved.get(i, j);
        weights[k * width + j] = weight;
        bias[k] -= weight * centre[j];
      }
    }
    return new LinearProbe(Matrix.of(moments.classes(), width, weights), bias);
  }

  /** The nearest class mean as a linear rule: w_k = mu_k - m, b_k = -(||mu_k||^2 - ||m||^2)/2. */
  public static LinearProbe nearestMean(ClassMoments moments) {
    int width = moments.width();
    double[] centre = centre(moments);
    double[] weights = new double[moments.classes() * width];
    double[] bias = new double[moments.classes()];
    Arrays.fill(bias, Double.NEGATIVE_INFINITY);
    for (int k : seen(moments)) {
      bias[k] = 0;
      for (int j = 0; j < width; j++) {
        double apart = moments.means().get(k, j) - centre[j];
        weights[k * width + j] = apart;
        bias[k] -= apart * (centre[j] + apart / 2);
      }
    }
    return new LinearProbe(Matrix.of(moments.classes(), width, weights), bias);
  }

  private static int[] seen(ClassMoments moments) {
    int[] seen = IntStream.range(0, moments.classes()).filter(k -> moments.count(k) > 0).toArray();
    if (seen.length == 0) {
      throw new InvalidInputException("a linear probe needs samples");
    }
    return seen;
  }

  private static double[] centre(ClassMoments moments) {
    double[] centre = new double[moments.width()];
    for (int k : seen(moments)) {
      double share = (double) moments.count(k) / moments.samples();
      for (int j = 0; j < centre.length; j++) {
        centre[j] += share * moments.means().get(k, j);
      }
    }
    return centre;
  }

  /** How many of these samples it classifies right; ties go to the lowest class. */
  public Accuracy accuracy(FeatureTable test, Blas blas) {
    long[] right = {0};
    TableRows.each(
        test,
        (rows, labels) -> {
          Matrix scores = blas.timesTransposed(rows, weights); // (n,K)
          for (int i = 0; i < labels.length; i++) {
            int best = 0;
            for (int k = 1; k < bias.length; k++) {
              best = scores.get(i, k) + bias[k] > scores.get(i, best) + bias[best] ? k : best;
            }
            right[0] += best == labels[i] ? 1 : 0;
          }
        });
    return new Accuracy(test.rows(), right[0]);
  }
}

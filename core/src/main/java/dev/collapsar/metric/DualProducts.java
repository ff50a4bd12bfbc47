package dev.collapsar.metric;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.PairwiseSums;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * The rows w_k of the classifier's weights W (K,D) with the centred class means mc_k. What is
 * divided by a length of zero is not finite, and no metric that needs that length reads it.
 *
 * @param norms ||w_k|| (K)
 * @param weightNorm ||W||_F
 * @param meanNorm ||Mc||_F
 * @param frobenius || W/||W||_F - Mc/||Mc||_F ||_F^2
 * @param dots w_k . mc_k (K)
 * @param cosines of w_k and mc_k (K)
 * @param distances || w_k/||w_k|| - mc_k/||mc_k|| || (K)
 */
record DualProducts(
    double[] norms,
    double weightNorm,
    double meanNorm,
    double frobenius,
    double[] dots,
    double[] cosines,
    double[] distances) {
  static final String ZERO = "the weights are zero";

  static DualProducts of(Matrix weights, ClassGeometry geometry) {
    int classes = geometry.classes();
    int width = geometry.width();
    double[] norms = PairwiseSums.rowNorms(weights);
    double weightNorm = length(norms);
    double meanNorm = length(geometry.norms());
    Matrix means = geometry.centred();
    double frobenius = 0;
    double[] dots = new double[classes];
    double[] cosines = new double[classes];
    double[] distances = new double[classes];
    for (int i = 0; i < classes; i++) {
      double apart = 0;
      for (int j = i * width; j < (i + 1) * width; j++) {
        double w = weights.at(j);
        double m = means.at(j);
        dots[i] += w * m;
        double f = w / weightNorm - m / meanNorm;
        frobenius += f * f;
        double d = w / norms[i] - m / geometry.norms()[i];
        apart += d * d;
      }
      cosines[i] = dots[i] / (norms[i] * geometry.norms()[i]);
      distances[i] = Math.sqrt(apart);
    }
    return new DualProducts(norms, weightNorm, meanNorm, frobenius, dots, cosines, distances);
  }

  /** Which class's weights are zero, if any are. */
  Optional<String> withoutDirection(ClassGeometry geometry) {
    return withoutDirection(norms, geometry::label);
  }

  /** Which of these classes' weights are zero, if any are. */
  static Optional<String> withoutDirection(Matrix weights, int[] classes) {
    return withoutDirection(PairwiseSums.rowNorms(weights), i -> classes[i]);
  }

  private static Optional<String> withoutDirection(double[] norms, IntUnaryOperator label) {
    for (int i = 0; i < norms.length; i++) {
      if (norms[i] == 0) {
        return Optional.of("the weights of class %s are zero".formatted(label.applyAsInt(i)));
      }
    }
    return Optional.empty();
  }

  /** Whether all weights are zero, in words. */
  static Optional<String> zero(Matrix weights) {
    return length(PairwiseSums.rowNorms(weights)) == 0 ? Optional.of(ZERO) : Optional.empty();
  }

  private static double length(double[] norms) {
    double square = 0;
    for (double norm : norms) {
      square += norm * norm;
    }
    return Math.sqrt(square);
  }
}

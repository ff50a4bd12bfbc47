package dev.collapsar.metric;

import dev.collapsar.stats.PairwiseKernel;
import java.util.Arrays;

/** Kernels over pairs of centred class means. */
final class MeansKernels {
  private MeansKernels() {}

  /**
   * Class-distance normalised variance of a pair, ((v_i + v_j) / 2) / (||mu_i - mu_j||^2)^e.
   * Galanti, Gyorgy, Hutter 2021.
   */
  static PairwiseKernel distanceNormalisedVariance(ClassGeometry geometry, double exponent) {
    double[] variances = new double[geometry.classes()];
    Arrays.setAll(variances, geometry::variance);
    return (pairs, to) -> {
      double[] squares = pairs.squaredDistances();
      double own = variances[pairs.row()];
      for (int c = 0; c < pairs.count(); c++) {
        double scale = exponent == 1 ? squares[c] : Math.pow(squares[c], exponent);
        to[c] = (own + variances[pairs.from() + c]) / 2 / scale;
      }
    };
  }

  /** |cos + 1/(K-1)|: how far a pair is from the angle of a simplex. */
  static PairwiseKernel simplexAngle(int classes) {
    double simplex = 1.0 / (classes - 1);
    return (pairs, to) -> {
      for (int c = 0; c < pairs.count(); c++) {
        to[c] = Math.abs(pairs.cosines()[c] + simplex);
      }
    };
  }

  /** ||u' - v'|| of the directions. */
  static PairwiseKernel chord() {
    return (pairs, to) -> {
      for (int c = 0; c < pairs.count(); c++) {
        to[c] = Math.sqrt(pairs.squaredChords()[c]);
      }
    };
  }

  /** -ln ||u' - v'||. */
  static PairwiseKernel logarithm() {
    return (pairs, to) -> {
      for (int c = 0; c < pairs.count(); c++) {
        to[c] = -0.5 * Math.log(pairs.squaredChords()[c]);
      }
    };
  }
}

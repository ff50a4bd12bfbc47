package dev.collapsar.metric;

import dev.collapsar.stats.PairStatistics;
import dev.collapsar.stats.PairwiseKernel;
import java.util.Arrays;
import java.util.Locale;

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

  /**
   * sign(s) ||u' - v'||^-s with s = D - 2. At D in the hundreds that is below the least double, so
   * it is summed relative to its value at the chord of a simplex, ||u' - v'||^2 = 2K/(K-1), and
   * scaled afterwards.
   */
  static final class Riesz implements PairwiseKernel {
    private final double exponent; // s
    private final double logChord; // ln of the simplex's squared chord

    Riesz(int classes, int width) {
      exponent = width - 2;
      logChord = Math.log(2.0 * classes / (classes - 1));
    }

    @Override
    public void evaluate(Strip pairs, double[] to) {
      for (int c = 0; c < pairs.count(); c++) {
        to[c] = Math.exp(-0.5 * exponent * (Math.log(pairs.squaredChords()[c]) - logChord));
      }
    }

    /** Of the mean energy. */
    Measurement mean(MetricInfo info, PairStatistics sum) {
      return scaled(info, Math.signum(exponent), sum.mean(), logScale());
    }

    /** Of its population variance. */
    Measurement variance(MetricInfo info, PairStatistics sum) {
      double sign = Math.abs(Math.signum(exponent));
      return scaled(info, sign, sum.populationVariance(), 2 * logScale());
    }

    private double logScale() {
      return -0.5 * exponent * logChord;
    }

    private static Measurement scaled(
        MetricInfo info, double sign, double relative, double logScale) {
      double log = Math.log(relative) + logScale;
      return relative > 0 && log < Math.log(Double.MIN_NORMAL)
          ? Measurement.undefined(
              info,
              String.format(
                  Locale.ROOT,
                  "underflows a double: its decimal logarithm is %.4f",
                  log / Math.log(10)))
          : CollapseMetric.finite(info, relative == 0 ? 0 : sign * Math.exp(log), null);
    }
  }
}

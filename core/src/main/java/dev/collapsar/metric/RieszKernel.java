package dev.collapsar.metric;

import dev.collapsar.stats.PairStatistics;
import dev.collapsar.stats.PairwiseKernel;
import java.util.Locale;

/**
 * sign(s) ||u' - v'||^-s with s = D - 2. At D in the hundreds that is below the least double, so it
 * is summed relative to its value at the chord of a simplex, ||u' - v'||^2 = 2K/(K-1), and scaled
 * afterwards.
 */
final class RieszKernel implements PairwiseKernel {
  private final double exponent; // s
  private final double logChord; // ln of the simplex's squared chord

  RieszKernel(int classes, int width) {
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

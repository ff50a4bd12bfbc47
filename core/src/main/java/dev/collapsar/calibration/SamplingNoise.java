package dev.collapsar.calibration;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassMoments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How far the samples of each class suffice: their number, and phi = tr(L diag(v'/n) L) / tr G, the
 * share of tr S_B that is sampling noise; K D operations.
 */
final class SamplingNoise {
  private static final MetricInfo SMALLEST =
      size("samples_smallest_class", "Smallest class", "Samples of the smallest class.");
  private static final MetricInfo LARGEST =
      size("samples_largest_class", "Largest class", "Samples of the largest class.");

  private final ClassMoments moments;
  private final int[] classes;
  private final Sampling sampling;

  SamplingNoise(ClassMoments moments, int[] classes, Sampling sampling) {
    this.moments = moments;
    this.classes = classes;
    this.sampling = sampling;
  }

  private static MetricInfo size(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.OTHER, meaning).defined("n_k", "0, 1, 2, ...");
  }

  List<Measurement> measurements() {
    List<Measurement> found = new ArrayList<>();
    long[] counts = Arrays.stream(classes).mapToLong(moments::count).sorted().toArray();
    if (counts.length > 0) {
      found.add(Measurement.of(SMALLEST, counts[0]));
      found.add(Measurement.of(LARGEST, counts[counts.length - 1]));
    }
    found.add(share());
    return found;
  }

  private Measurement share() {
    if (sampling.complete()) {
      return Measurement.undefined(Estimate.SHARE, CorrectedNumbers.COMPLETE);
    }
    if (classes.length < 2) {
      return Measurement.undefined(Estimate.SHARE, "needs two classes");
    }
    double noise = 0;
    for (int i = 0; i < classes.length; i++) {
      long n = moments.count(classes[i]);
      if (n < 2) {
        return Measurement.undefined(
            Estimate.SHARE,
            "class %s has %s: its spread is unknown"
                .formatted(classes[i], n == 0 ? "no samples" : "one sample"));
      }
      noise += moments.squaredDeviations(classes[i]) / (n - 1) / n * sampling.remaining(i, n);
    }
    double between = between();
    return between > 0
        ? said(noise * (1 - 1.0 / classes.length) / between)
        : Measurement.undefined(Estimate.SHARE, "all class means coincide");
  }

  /** tr G. */
  private double between() {
    int width = moments.width();
    Matrix means = moments.means();
    double[] centre = new double[width];
    for (int k : classes) {
      for (int j = 0; j < width; j++) {
        centre[j] += means.get(k, j) / classes.length;
      }
    }
    double sum = 0;
    for (int k : classes) {
      for (int j = 0; j < width; j++) {
        double d = means.get(k, j) - centre[j];
        sum += d * d;
      }
    }
    return sum;
  }

  /** By about how much plug-in numbers err: tr G is 1/(1-phi) times too large. */
  private static Measurement said(double share) {
    double longer = 100 * (1 / Math.sqrt(Math.max(0, 1 - share)) - 1);
    String note =
        share >= 1
            ? "the class means lie no farther apart than chance sets them"
            : String.format(
                Locale.ROOT,
                "nc1_quot and nc1_cdnv read about %s%% low, nc2_norms_mean %s, nc3_cos_mean %s%%"
                    + " low; noise looks like a simplex",
                percent(100 * share),
                longer < 1000
                    ? percent(longer) + "% high"
                    : "%s times too long".formatted(percent(1 + longer / 100)),
                percent(100 * (1 - Math.sqrt(1 - share))));
    return Measurement.of(Estimate.SHARE, share, note);
  }

  /** Two digits, or as many as stand before the point. */
  private static String percent(double value) {
    String format = value < 9.95 ? "%.2g" : value > 99 && value < 100 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, format, value);
  }
}

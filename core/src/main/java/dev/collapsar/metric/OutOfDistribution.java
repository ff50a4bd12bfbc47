package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.NC5_OOD_DEV;

import dev.collapsar.metric.CollapseOptions.GlobalMean;
import dev.collapsar.stats.ClassMoments;

/** How far features of another distribution lie from the directions of the class means. */
final class OutOfDistribution {
  private OutOfDistribution() {}

  /**
   * {@code nc5_ood_dev} = mean over k of |cos(mu_k, mu_ood)|, in [0, 1]; neither is centred. mu_ood
   * is the mean of the out-of-distribution class means, or of the samples, as the global mean is.
   * Undefined if a mean is zero or there are no such samples. Ammar et al. 2024.
   */
  static void measure(
      ClassGeometry geometry, ClassMoments ood, CollapseOptions options, MetricSheet sheet) {
    if (ood.samples() == 0) {
      sheet.undefined("there are no out-of-distribution samples", NC5_OOD_DEV);
      return;
    }
    int width = geometry.width();
    double[] centre = new double[width];
    for (int k = 0; k < ood.classes(); k++) {
      if (ood.count(k) > 0) {
        double weight = options.globalMean() == GlobalMean.CLASSES ? 1 : ood.count(k);
        for (int j = 0; j < width; j++) {
          centre[j] += weight * ood.means().array()[k * width + j];
        }
      }
    }
    double centreNorm = norm(centre, 0, width);
    if (centreNorm == 0) {
      sheet.undefined("the out-of-distribution mean is zero", NC5_OOD_DEV);
      return;
    }
    double[] means = geometry.means().array();
    double sum = 0;
    for (int i = 0; i < geometry.classes(); i++) {
      double norm = norm(means, i * width, width);
      if (norm == 0) {
        sheet.undefined("the mean of class %d is zero".formatted(geometry.label(i)), NC5_OOD_DEV);
        return;
      }
      double dot = 0;
      for (int j = 0; j < width; j++) {
        dot += means[i * width + j] * centre[j];
      }
      sum += Math.abs(dot) / (norm * centreNorm);
    }
    sheet.define(NC5_OOD_DEV, sum / geometry.classes());
  }

  private static double norm(double[] values, int from, int length) {
    double square = 0;
    for (int j = from; j < from + length; j++) {
      square += values[j] * values[j];
    }
    return Math.sqrt(square);
  }
}

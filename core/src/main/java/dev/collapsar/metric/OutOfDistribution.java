package dev.collapsar.metric;

import dev.collapsar.metric.CollapseOptions.GlobalMean;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassMoments;

/** How far features of another distribution lie from the directions of the class means. */
public final class OutOfDistribution {
  /**
   * {@code nc5_ood_dev} = mean over k of |cos(mu_k, mu_ood)|, in [0, 1]; neither is centred. mu_ood
   * is the mean of the out-of-distribution class means, or of the samples, as the global mean is.
   * Undefined if a mean is zero or there are no such samples. Ammar et al. 2024.
   */
  public static final CollapseMetric NC5_OOD_DEV =
      CollapseMetric.by(
          MetricInfo.of(
                  "nc5_ood_dev",
                  "Outsiders along the means",
                  Group.OUTSIDE,
                  "Mean |cosine| of the other data's mean with each class mean, uncentred.")
              .falling("0")
              .defined(
                  "mean over k of |cos(mu_k, mu_ood)|, uncentred; mu_ood the mean of the"
                      + " out-of-distribution class means",
                  "[0, 1]")
              .from("Ammar et al. 2024")
              .undefinedWhere("a mean is zero, or there are no such samples"),
          OutOfDistribution::alongMeans,
          CollapseNeed.OUTSIDERS,
          CollapseNeed.CLASSES);

  private OutOfDistribution() {}

  private static Measurement alongMeans(MetricInfo info, CollapseContext context) {
    ClassGeometry geometry = context.geometry();
    if (context.outsiders().samples() == 0) {
      return Measurement.undefined(info, "there are no out-of-distribution samples");
    }
    int width = geometry.width();
    double[] centre = centre(context.outsiders(), context.options().globalMean(), width);
    double centreNorm = norm(centre, 0, width);
    if (centreNorm == 0) {
      return Measurement.undefined(info, "the out-of-distribution mean is zero");
    }
    double[] means = geometry.means().toArray();
    double sum = 0;
    for (int i = 0; i < geometry.classes(); i++) {
      double norm = norm(means, i * width, width);
      if (norm == 0) {
        return Measurement.undefined(
            info, "the mean of class %s is zero".formatted(geometry.label(i)));
      }
      double dot = 0;
      for (int j = 0; j < width; j++) {
        dot += means[i * width + j] * centre[j];
      }
      sum += Math.abs(dot) / (norm * centreNorm);
    }
    return CollapseMetric.finite(info, sum / geometry.classes(), null);
  }

  /** A multiple of mu_ood. */
  private static double[] centre(ClassMoments ood, GlobalMean globalMean, int width) {
    double[] centre = new double[width];
    for (int k = 0; k < ood.classes(); k++) {
      if (ood.count(k) > 0) {
        double weight = globalMean == GlobalMean.CLASSES ? 1 : ood.count(k);
        for (int j = 0; j < width; j++) {
          centre[j] += weight * ood.means().at(k * width + j);
        }
      }
    }
    return centre;
  }

  private static double norm(double[] values, int from, int length) {
    double square = 0;
    for (int j = from; j < from + length; j++) {
      square += values[j] * values[j];
    }
    return Math.sqrt(square);
  }
}

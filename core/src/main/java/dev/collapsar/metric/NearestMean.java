package dev.collapsar.metric;

import dev.collapsar.metric.CollapseOptions.Averaging;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.Decisions;
import java.util.Locale;

/**
 * Whether the classifier decides as the nearest class mean does, on test samples or, without any,
 * on the training samples. Papyan, Han, Donoho 2020.
 */
public final class NearestMean {
  private static final String SHARE =
      "share of test samples (training samples if no test set is given) where argmax_k (w_k . x +"
          + " b_k) %s argmin_k ||x - mu_k||";

  /**
   * {@code nc4_agree}: the share of samples where argmax_k (w_k . x + b_k) = argmin_k ||x - mu_k||,
   * in [0, 1]; every sample counts the same, or every class. Undefined without samples, or averaged
   * by classes without samples of one.
   */
  public static final CollapseMetric NC4_AGREE =
      metric(
          MetricInfo.of(
                  "nc4_agree",
                  "Nearest-mean agreement",
                  Group.DECISION,
                  "Share of samples that the nearest class mean decides as the network does.")
              .headlined(5, MetricInfo.Samples.NONE, "")
              .rising("100%")
              .defined(String.format(Locale.ROOT, SHARE, "="), "[0, 1]"),
          false);

  /** {@code nc4_mismatch} = 1 - {@code nc4_agree}. */
  public static final CollapseMetric NC4_MISMATCH =
      metric(
          MetricInfo.of(
                  "nc4_mismatch",
                  "Nearest-mean mismatch",
                  Group.DECISION,
                  "Share of samples that the nearest class mean decides otherwise.")
              .falling("0%")
              .defined(String.format(Locale.ROOT, SHARE, "!="), "[0, 1]"),
          true);

  private NearestMean() {}

  private static CollapseMetric metric(MetricInfo info, boolean mismatch) {
    return CollapseMetric.by(
        info.on(Axis.SHARE)
            .from("Papyan et al. 2020")
            .undefinedWhere("no samples; averaged by classes, a class without any"),
        (i, context) -> share(i, context, mismatch),
        CollapseNeed.CLASSIFIER,
        CollapseNeed.CLASSES,
        CollapseNeed.DECISIONS);
  }

  private static Measurement share(MetricInfo info, CollapseContext context, boolean mismatch) {
    Decisions decisions = context.decisions();
    boolean byClass = context.options().averaging() == Averaging.CLASSES;
    int[] measured = context.measured();
    long samples = 0;
    long agreements = 0;
    double shares = 0;
    for (int k : measured) {
      samples += decisions.samples(k);
      agreements += decisions.agreements(k);
      if (byClass && decisions.samples(k) == 0) {
        return Measurement.undefined(info, "class %s has no test samples".formatted(k));
      }
      shares += (double) decisions.agreements(k) / decisions.samples(k);
    }
    if (samples == 0) {
      return Measurement.undefined(info, "the measured classes have no test samples");
    }
    if (byClass) {
      double share = shares / measured.length;
      return CollapseMetric.finite(info, mismatch ? 1 - share : share, null);
    }
    long counted = mismatch ? samples - agreements : agreements;
    return CollapseMetric.finite(info, (double) counted / samples, null);
  }
}

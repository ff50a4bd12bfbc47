package dev.collapsar.metric;

import dev.collapsar.linalg.Spectrum;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Ranks of the features, of their singular values s (N,D), not centred, descending, with p = s /
 * sum s. Undefined if all features are zero.
 */
public final class FeatureRanks {
  /** The upstream notebook keeps this many singular values of the features. */
  private static final int SINGULAR_VALUES = 100;

  private static final String PARTIAL_SUMS =
      "1 + the number of partial sums of p below %s, p = s / sum s over the 100 largest singular"
          + " values of X, uncentred";

  /**
   * {@code rank_effective_95} = 1 + how many partial sums of p are below 0.95, p over the largest
   * 100 values, in 1..D. nc-lora.
   */
  public static final CollapseMetric RANK_EFFECTIVE_95 =
      effective("95", "Effective rank, 95%", "Directions that hold 95% of the spectrum.", 0.95);

  /** {@code rank_effective_99}: likewise below 0.99. */
  public static final CollapseMetric RANK_EFFECTIVE_99 =
      effective("99", "Effective rank, 99%", "Directions that hold 99% of the spectrum.", 0.99);

  /** {@code rank_entropy} = exp(-sum p ln p) over all values, in [1, D]. Roy and Vetterli 2007. */
  public static final CollapseMetric RANK_ENTROPY =
      rank(
          MetricInfo.of(
                  "rank_entropy",
                  "Entropy rank",
                  Group.RANK,
                  "Exponential of the spectrum's entropy: a smooth count of directions.")
              .defined("exp(-sum p ln p) over all singular values", "[1, D]")
              .from("Roy and Vetterli 2007"),
          Spectrum::entropyRank,
          false);

  private FeatureRanks() {}

  private static CollapseMetric effective(
      String percent, String title, String meaning, double threshold) {
    return rank(
        MetricInfo.of("rank_effective_" + percent, title, Group.RANK, meaning)
            .defined(String.format(Locale.ROOT, PARTIAL_SUMS, "." + percent), "1..D")
            .from("nc-lora"),
        spectrum -> spectrum.effectiveRank(threshold, SINGULAR_VALUES),
        true);
  }

  private static CollapseMetric rank(
      MetricInfo info, ToDoubleFunction<Spectrum> rank, boolean ofTheLargest) {
    return CollapseMetric.by(
        info.falling("K−1").undefinedWhere("all features are zero"),
        (i, context) -> {
          boolean some = ofTheLargest && context.geometry().width() > SINGULAR_VALUES;
          String note = some ? "of the " + SINGULAR_VALUES + " largest singular values" : null;
          return context
              .spectrum()
              .map(
                  spectrum ->
                      CollapseMetric.finite(
                          i,
                          rank.applyAsDouble(spectrum),
                          ofTheLargest
                              ? note
                              : "of the %s singular values above rounding"
                                  .formatted(spectrum.rank())))
              .orElseGet(() -> Measurement.undefined(i, "all features are zero"));
        },
        CollapseNeed.CLASSES,
        CollapseNeed.SCATTER);
  }
}

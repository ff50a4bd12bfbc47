package dev.collapsar.metric;

import static dev.collapsar.metric.CollapseNeed.CLASSES;
import static dev.collapsar.metric.CollapseNeed.DISTINCT_DIRECTIONS;
import static dev.collapsar.metric.CollapseNeed.DISTINCT_MEANS;
import static dev.collapsar.metric.CollapseNeed.MEAN_DIRECTIONS;
import static dev.collapsar.metric.CollapseNeed.NO_POLES;
import static dev.collapsar.metric.CollapseNeed.SPREAD_MEANS;
import static dev.collapsar.metric.CollapseNeed.TWO_CLASSES;

import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.PairStatistics;
import java.util.Locale;

/** The arrangement of the centred class means mc_k among themselves. */
public final class MeansGeometry {
  private static final String VARIANCE = "population variance over i<j of %s, u = mc/||mc||";
  private static final String MEAN = "mean over i<j of %s, u = mc/||mc||";
  private static final String CHORD_FORMULA = "||u_i - u_j||";
  private static final String LOG_FORMULA = "log(1/||u_i - u_j||)";
  private static final String RIESZ_FORMULA = "sign(s) ||u_i - u_j||^-s, s = D-2";
  private static final String REAL = "(-inf, inf)";
  private static final String NO_DIRECTION = "a centred mean of length zero";
  private static final String SAME_DIRECTION = NO_DIRECTION + ", or two of the same direction";

  private static final PairKernel VARIANCE_OVER_DISTANCE =
      new PairKernel(
          context ->
              MeansKernels.distanceNormalisedVariance(
                  context.geometry(), context.options().distExponent()));
  private static final PairKernel OFF_SIMPLEX = new PairKernel(c -> fit(c).offDiagonal());
  private static final PairKernel ANGLE =
      new PairKernel(context -> MeansKernels.simplexAngle(context.geometry().classes()));
  private static final PairKernel CHORD = new PairKernel(context -> MeansKernels.chord());
  private static final PairKernel LOGARITHM = new PairKernel(context -> MeansKernels.logarithm());
  private static final PairKernel RIESZ = new PairKernel(MeansGeometry::riesz);

  /**
   * {@code nc1_cdnv} = mean over pairs of ((v_i + v_j) / 2) / (||mu_i - mu_j||^2)^e, in [0, inf).
   * Undefined if two means coincide. Galanti, Gyorgy, Hutter 2021.
   */
  public static final CollapseMetric NC1_CDNV =
      CollapseMetric.of(
          MetricInfo.of(
                  "nc1_cdnv",
                  "Class-distance variance",
                  Group.WITHIN,
                  "Variance of two classes over the squared distance of their means, averaged over"
                      + " pairs (CDNV).")
              .on(Axis.LOG)
              .falling("0")
              .defined(
                  "mean over i<j of (v_i + v_j)/2 / (||mu_i - mu_j||^2)^e, v_k = mean over class k"
                      + " of ||x - mu_k||^2",
                  "[0, inf)")
              .from("Galanti et al. 2021")
              .undefinedWhere("two means coincide"),
          context -> context.pairs(VARIANCE_OVER_DISTANCE).mean(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          VARIANCE_OVER_DISTANCE,
          DISTINCT_MEANS);

  /** {@code nc2_etf_err}: how far Mc Mc^T is from a simplex, in [0, 2]. Kothapalli 2023. */
  public static final CollapseMetric NC2_ETF_ERR =
      CollapseMetric.of(
          info(
                  "nc2_etf_err",
                  "Distance from the simplex",
                  "How far the Gram matrix of the centred means is from that of a simplex.")
              .headlined(6, MetricInfo.Samples.NONE, "")
              .falling("0")
              .defined("|| G/||G||_F - (I - 11^T/K)/sqrt(K-1) ||_F, G = Mc Mc^T", "[0, 2]")
              .from("Kothapalli 2023"),
          context -> fit(context).error(context.pairs(OFF_SIMPLEX)),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          OFF_SIMPLEX);

  /** {@code nc2_norms_mean}: the mean over k of ||mc_k||, in [0, inf). */
  public static final CollapseMetric NC2_NORMS_MEAN =
      CollapseMetric.of(
          info(
                  "nc2_norms_mean",
                  "Mean length",
                  "Mean over classes of the length of the centred class mean.")
              .defined("mean over k of ||mc_k||", "[0, inf)")
              .from("rhubarbwu"),
          context -> norms(context).mean(),
          CLASSES);

  /** {@code nc2_norms_std}: their deviation, divisor K-1, in [0, inf). */
  public static final CollapseMetric NC2_NORMS_STD =
      CollapseMetric.of(
          info(
                  "nc2_norms_std",
                  "Spread of mean lengths",
                  "Deviation over classes of the length of the centred class mean.")
              .falling("0")
              .defined("std over k of ||mc_k||", "[0, inf)")
              .from("rhubarbwu"),
          context -> Math.sqrt(norms(context).sampleVariance()),
          CLASSES,
          TWO_CLASSES);

  /** {@code nc2_norm_cov_means} = std / mean of ||mc_k||, in [0, inf). Papyan et al. 2020. */
  public static final CollapseMetric NC2_NORM_COV_MEANS =
      CollapseMetric.by(
          info(
                  "nc2_norm_cov_means",
                  "Unequal mean lengths",
                  "Deviation over mean of the lengths of the centred class means.")
              .falling("0")
              .defined("std/mean of ||mc_k||", "[0, inf)")
              .from("Papyan et al. 2020; the notebook"),
          (info, context) -> {
            PairStatistics norms = norms(context);
            return norms.mean() == 0
                ? Measurement.undefined(info, "all class means coincide")
                : CollapseMetric.finite(
                    info, Math.sqrt(norms.sampleVariance()) / norms.mean(), null);
          },
          CLASSES,
          TWO_CLASSES);

  /** {@code nc2_coherence_means} = mean over pairs of |cos(mc_j, mc_k) + 1/(K-1)|, in [0, 2). */
  public static final CollapseMetric NC2_COHERENCE_MEANS =
      CollapseMetric.of(
          info(
                  "nc2_coherence_means",
                  "Unequal mean angles",
                  "Average distance of the cosines between centred means from −1/(K−1).")
              .falling("0")
              .defined("sum over j != k of |cos_jk + 1/(K-1)|, divided by K(K-1), of mc", "[0, 2)")
              .from("the notebook's `cos_M`")
              .undefinedWhere(NO_DIRECTION),
          context -> context.pairs(ANGLE).mean(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          ANGLE);

  /** {@code nc2g_dist}: the population variance of the chords, in [0, inf). Liu et al. 2023. */
  public static final CollapseMetric NC2G_DIST =
      CollapseMetric.of(
          uneven("nc2g_dist", "Uneven distances", "distance between", CHORD_FORMULA)
              .undefinedWhere(NO_DIRECTION),
          context -> context.pairs(CHORD).populationVariance(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          CHORD);

  /** {@code nc2g_dist_mean}: the mean of the chords ||u_i - u_j||, in [0, 2]. */
  public static final CollapseMetric NC2G_DIST_MEAN =
      CollapseMetric.of(
          info(
                  "nc2g_dist_mean",
                  "Mean distance",
                  "Mean over pairs of the distance between the normalised centred means;"
                      + " √(2K/(K−1)) on a simplex.")
              .defined(String.format(Locale.ROOT, MEAN, CHORD_FORMULA), "[0, 2]")
              .from("Liu et al. 2023")
              .undefinedWhere(NO_DIRECTION),
          context -> context.pairs(CHORD).mean(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          CHORD);

  /** {@code nc2g_log}: the population variance of the log energies, in [0, inf). */
  public static final CollapseMetric NC2G_LOG =
      CollapseMetric.of(
          uneven(
              "nc2g_log",
              "Uneven log energies",
              "logarithm of the inverse distance between",
              LOG_FORMULA),
          context -> context.pairs(LOGARITHM).populationVariance(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          LOGARITHM,
          DISTINCT_DIRECTIONS);

  /** {@code nc2g_log_mean}: the mean of -ln ||u_i - u_j||. */
  public static final CollapseMetric NC2G_LOG_MEAN =
      CollapseMetric.of(
          info(
                  "nc2g_log_mean",
                  "Log energy",
                  "Mean over pairs of the logarithm of the inverse distance between the normalised"
                      + " centred means; least on a simplex.")
              .defined(String.format(Locale.ROOT, MEAN, LOG_FORMULA), REAL)
              .from("Liu et al. 2023")
              .undefinedWhere(SAME_DIRECTION),
          context -> context.pairs(LOGARITHM).mean(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          LOGARITHM,
          DISTINCT_DIRECTIONS);

  /** {@code nc2g_riesz}: the population variance of the Riesz energies, in [0, inf). */
  public static final CollapseMetric NC2G_RIESZ =
      CollapseMetric.by(
          uneven("nc2g_riesz", "Uneven Riesz energies", "Riesz energy of", RIESZ_FORMULA)
              .undefinedWhere(SAME_DIRECTION + " if s > 0; or no double holds it"),
          (info, context) -> riesz(context).variance(info, context.pairs(RIESZ)),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          RIESZ,
          NO_POLES);

  /** {@code nc2g_riesz_mean}: the mean of sign(s) ||u_i - u_j||^-s, s = D - 2. */
  public static final CollapseMetric NC2G_RIESZ_MEAN =
      CollapseMetric.by(
          info(
                  "nc2g_riesz_mean",
                  "Riesz energy",
                  "Mean over pairs of the Riesz energy of the normalised centred means; least on a"
                      + " simplex.")
              .defined(String.format(Locale.ROOT, MEAN, RIESZ_FORMULA), REAL)
              .from("Liu et al. 2023")
              .undefinedWhere(SAME_DIRECTION + " if s > 0; or no double holds it"),
          (info, context) -> riesz(context).mean(info, context.pairs(RIESZ)),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          MEAN_DIRECTIONS,
          RIESZ,
          NO_POLES);

  private MeansGeometry() {}

  private static MetricInfo info(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.MEANS, meaning);
  }

  private static MetricInfo uneven(String id, String title, String of, String formula) {
    return info(id, title, "Variance over pairs of the " + of + " the normalised centred means.")
        .on(Axis.LOG)
        .falling("0")
        .defined(String.format(Locale.ROOT, VARIANCE, formula), "[0, inf)")
        .from("Liu et al. 2023")
        .undefinedWhere(SAME_DIRECTION);
  }

  private static PairStatistics norms(CollapseContext context) {
    return PairStatistics.of(context.geometry().norms(), 0, context.geometry().classes());
  }

  private static SimplexFit fit(CollapseContext context) {
    return SimplexFit.ofGram(context.geometry().centred());
  }

  private static MeansKernels.Riesz riesz(CollapseContext context) {
    return new MeansKernels.Riesz(context.geometry().classes(), context.geometry().width());
  }
}

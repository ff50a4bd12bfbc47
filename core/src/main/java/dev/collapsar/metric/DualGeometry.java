package dev.collapsar.metric;

import static dev.collapsar.metric.CollapseNeed.CHOSEN_WEIGHTS_NOT_ZERO;
import static dev.collapsar.metric.CollapseNeed.CHOSEN_WEIGHT_DIRECTIONS;
import static dev.collapsar.metric.CollapseNeed.CLASSES;
import static dev.collapsar.metric.CollapseNeed.CLASSIFIER;
import static dev.collapsar.metric.CollapseNeed.MEANS_NOT_ZERO;
import static dev.collapsar.metric.CollapseNeed.MEAN_DIRECTIONS;
import static dev.collapsar.metric.CollapseNeed.TWO_CHOSEN;
import static dev.collapsar.metric.CollapseNeed.TWO_CLASSES;
import static dev.collapsar.metric.CollapseNeed.WEIGHTS_NOT_ZERO;
import static dev.collapsar.metric.CollapseNeed.WEIGHT_DIRECTIONS;

import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.PairStatistics;
import dev.collapsar.stats.PairwiseSums;
import java.util.List;

/** The classifier's weights W (K,D) among themselves and against the centred class means. */
public final class DualGeometry {
  private static final String ZERO_LENGTH = "a length that is divided by is zero";

  /** {@code nc2_norm_cov_weights} = std / mean of ||w_k||, divisor K-1, in [0, inf). */
  public static final CollapseMetric NC2_NORM_COV_WEIGHTS =
      CollapseMetric.of(
          MetricInfo.of(
                  "nc2_norm_cov_weights",
                  "Unequal weight lengths",
                  Group.MEANS,
                  "Deviation over mean of the lengths of the classifier's rows.")
              .falling("0")
              .defined("std/mean of ||w_k||", "[0, inf)")
              .from("Papyan et al. 2020; the notebook")
              .undefinedWhere(ZERO_LENGTH),
          context -> {
            PairStatistics norms = summary(PairwiseSums.rowNorms(context.chosenWeights()));
            return Math.sqrt(norms.sampleVariance()) / norms.mean();
          },
          CLASSIFIER,
          TWO_CHOSEN,
          CHOSEN_WEIGHTS_NOT_ZERO);

  /** {@code nc2_coherence_weights} = mean over pairs of |cos(w_j, w_k) + 1/(K-1)|, in [0, 2). */
  public static final CollapseMetric NC2_COHERENCE_WEIGHTS =
      CollapseMetric.of(
          MetricInfo.of(
                  "nc2_coherence_weights",
                  "Unequal weight angles",
                  Group.MEANS,
                  "Average distance of the cosines between classifier rows from −1/(K−1).")
              .falling("0")
              .defined("sum over j != k of |cos_jk + 1/(K-1)|, divided by K(K-1), of w", "[0, 2)")
              .from("the notebook's `cos_W`")
              .undefinedWhere(ZERO_LENGTH),
          DualGeometry::coherence,
          CLASSIFIER,
          TWO_CHOSEN,
          CHOSEN_WEIGHT_DIRECTIONS);

  /** {@code nc3_dual_err}: how far W Mc^T is from a simplex, in [0, 2]. Kothapalli 2023. */
  public static final CollapseMetric NC3_DUAL_ERR =
      CollapseMetric.of(
          info(
                  "nc3_dual_err",
                  "Distance from self-duality",
                  "How far the products of classifier rows and centred means are from a simplex.")
              .headlined(7, MetricInfo.Samples.NONE, "")
              .falling("0")
              .defined("as `nc2_etf_err` for G = W Mc^T", "[0, 2]")
              .from("Kothapalli 2023"),
          context ->
              SimplexFit.error(
                  context.weights(),
                  context.geometry().centred(),
                  context.options().tileSize(),
                  context.blas(),
                  context.workers()),
          CLASSIFIER,
          CLASSES,
          TWO_CLASSES,
          WEIGHTS_NOT_ZERO,
          MEANS_NOT_ZERO);

  /** {@code nc3_frobenius} = || W/||W||_F - Mc/||Mc||_F ||_F^2, in [0, 4]. Papyan et al. 2020. */
  public static final CollapseMetric NC3_FROBENIUS =
      CollapseMetric.of(
          info(
                  "nc3_frobenius",
                  "Weights against means",
                  "Squared distance of the classifier from the centred means, each scaled to unit"
                      + " norm.")
              .falling("0")
              .defined("|| W/||W||_F - Mc/||Mc||_F ||_F^2", "[0, 4]")
              .from("Papyan et al. 2020 (`W_M_dist`)"),
          context -> context.dual().frobenius(),
          CLASSIFIER,
          CLASSES,
          WEIGHTS_NOT_ZERO,
          MEANS_NOT_ZERO);

  /** {@code nc3u_uni_dual}: the variance over k of w_k . mc_k, divisor K-1, in [0, inf). */
  public static final CollapseMetric NC3U_UNI_DUAL =
      CollapseMetric.of(
          info(
                  "nc3u_uni_dual",
                  "Uneven duality",
                  "Variance over classes of the product of weight row and centred mean.")
              .on(Axis.LOG)
              .falling("0")
              .defined("variance (divisor K-1) over k of w_k . mc_k", "[0, inf)")
              .from("rhubarbwu"),
          context -> summary(context.dual().dots()).sampleVariance(),
          CLASSIFIER,
          CLASSES,
          TWO_CLASSES);

  /** {@code nc3_cos_mean}: the mean over k of cos(w_k, mc_k), in [-1, 1]. */
  public static final CollapseMetric NC3_COS_MEAN =
      CollapseMetric.of(
          info(
                  "nc3_cos_mean",
                  "Cosine of weights and means",
                  "Mean cosine of each class's weights with its centred mean.")
              .rising("1")
              .defined("mean over k of cos(w_k, mc_k)", "[-1, 1]")
              .from("rhubarbwu"),
          context -> summary(context.dual().cosines()).mean(),
          CLASSIFIER,
          CLASSES,
          WEIGHT_DIRECTIONS,
          MEAN_DIRECTIONS);

  /** {@code nc3_dist_mean}: the mean over k of || w_k/||w_k|| - mc_k/||mc_k|| ||, in [0, 2]. */
  public static final CollapseMetric NC3_DIST_MEAN =
      CollapseMetric.of(
          info(
                  "nc3_dist_mean",
                  "Distance of weights and means",
                  "Mean over classes of the distance between the directions of weights and centred"
                      + " mean.")
              .falling("0")
              .defined("mean over k of || w_k/||w_k|| - mc_k/||mc_k|| ||", "[0, 2]")
              .from("rhubarbwu"),
          context -> summary(context.dual().distances()).mean(),
          CLASSIFIER,
          CLASSES,
          WEIGHT_DIRECTIONS,
          MEAN_DIRECTIONS);

  private DualGeometry() {}

  private static MetricInfo info(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.DUALITY, meaning).undefinedWhere(ZERO_LENGTH);
  }

  private static PairStatistics summary(double[] values) {
    return PairStatistics.of(values, 0, values.length);
  }

  private static double coherence(CollapseContext context) {
    return PairwiseSums.of(
            context.chosenWeights(),
            List.of(MeansKernels.simplexAngle(context.chosen().length)),
            context.options().tileSize(),
            context.blas(),
            context.workers())
        .get(0)
        .mean();
  }
}

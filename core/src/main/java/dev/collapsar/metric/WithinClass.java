package dev.collapsar.metric;

import static dev.collapsar.metric.CollapseNeed.CLASSES;
import static dev.collapsar.metric.CollapseNeed.KEPT_EIGENPAIRS;
import static dev.collapsar.metric.CollapseNeed.SCATTER;
import static dev.collapsar.metric.CollapseNeed.SPREAD_MEANS;
import static dev.collapsar.metric.CollapseNeed.TWO_CLASSES;
import static dev.collapsar.metric.CollapseNeed.WITHIN_TRACE;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.ResidualShare;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Group;

/** The metrics that set the scatter within classes against the scatter between them. */
public final class WithinClass {
  /**
   * {@code nc1_pinv} = tr(S_W S_B^+) / K, in [0, inf). Undefined if the class means coincide.
   * Papyan, Han, Donoho 2020.
   */
  public static final CollapseMetric NC1_PINV =
      CollapseMetric.noted(
          info(
                  "nc1_pinv",
                  "Within over between",
                  "Scatter around the class means, seen along the directions that separate the"
                      + " means: tr(S_W S_B⁺)/K.")
              .headlined(4, MetricInfo.Samples.NONE, "Collapse")
              .defined("tr(S_W S_B^+) / K", "[0, inf)")
              .from("Papyan, Han, Donoho 2020; rhubarbwu"),
          context -> context.withinTrace() / context.geometry().classes(),
          context -> context.between().note(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          WITHIN_TRACE);

  /**
   * {@code nc1_svd}: as {@link #NC1_PINV} where S_B^+ is of the largest K-1 eigenpairs; undefined
   * also if S_B has no K-1 eigenvalues above the tolerance or K-1 >= D. Han et al. 2022.
   */
  public static final CollapseMetric NC1_SVD =
      CollapseMetric.noted(
          info(
                  "nc1_svd",
                  "Within over between, top K−1",
                  "As the pseudo-inverse form, with exactly the K−1 leading directions of S_B.")
              .defined("the same with the K-1 largest eigenpairs of S_B", "[0, inf)")
              .from("Han et al. 2022")
              .undefinedWhere("fewer than K-1 eigenvalues above the tolerance, or K-1 >= D"),
          context -> context.withinTrace() / context.geometry().classes(),
          context -> context.between().note(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          KEPT_EIGENPAIRS,
          WITHIN_TRACE);

  /** {@code nc1_quot} = tr S_W / tr S_B, in [0, inf). Tirer et al. 2023. */
  public static final CollapseMetric NC1_QUOT =
      CollapseMetric.of(
          info(
                  "nc1_quot",
                  "Trace quotient",
                  "All scatter within classes over all scatter between them: tr S_W/tr S_B.")
              .defined("tr S_W / tr S_B", "[0, inf)")
              .from("Tirer et al. 2023"),
          context -> context.geometry().withinTrace() / context.geometry().betweenTrace(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS);

  /** {@code nc1_trace} = tr(S_W S_B^+), in [0, inf). */
  public static final CollapseMetric NC1_TRACE =
      CollapseMetric.noted(
          info(
                  "nc1_trace",
                  "Within over between, unscaled",
                  "tr(S_W S_B⁺), not divided by the number of classes.")
              .defined("tr(S_W S_B^+)", "[0, inf)")
              .from("the NC x LoRA notebook, which calls it `Sw_invSb`"),
          CollapseContext::withinTrace,
          context -> context.between().note(),
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          WITHIN_TRACE);

  /**
   * {@code nc1_vci} = 1 - tr(S_T^+ S_B) / rank(S_B) with S_T = S_W + S_B, in [0, 1]: 0 when
   * collapsed. Xu and Liu 2023.
   */
  public static final CollapseMetric NC1_VCI =
      CollapseMetric.by(
          info(
                  "nc1_vci",
                  "Variability collapse index",
                  "Share of the variance along the means' directions that is within classes.")
              .on(Axis.LINEAR)
              .defined("1 - tr(S_T^+ S_B) / rank(S_B)", "[0, 1]")
              .from("Xu and Liu 2023"),
          WithinClass::variabilityCollapse,
          CLASSES,
          TWO_CLASSES,
          SPREAD_MEANS,
          SCATTER);

  private WithinClass() {}

  private static MetricInfo info(String id, String title, String meaning) {
    return MetricInfo.of(id, title, Group.WITHIN, meaning).on(Axis.LOG).falling("0");
  }

  /** tr(Q S Q^T) of the pooled scatter S (D,D) and the range of S_B: N tr(S_W S_B^+). */
  static double trace(Matrix scatter, BetweenBasis between, Blas blas) {
    Matrix projected = blas.times(between.directions(), scatter); // (R,D)
    double trace = 0;
    for (int i = 0; i < projected.length(); i++) {
      trace += projected.at(i) * between.directions().at(i);
    }
    return trace;
  }

  /** Without a difference, so that an index near 0 keeps its digits. */
  private static Measurement variabilityCollapse(MetricInfo info, CollapseContext context) {
    BetweenBasis between = context.between();
    double[] within = context.scatter().toArray(); // (D,D)
    for (int i = 0; i < within.length; i++) {
      within[i] /= context.geometry().samples();
    }
    int width = context.geometry().width();
    return CollapseMetric.finite(
        info,
        ResidualShare.of(
            between.factor(), Matrix.of(width, width, within), between.tolerance(), context.blas()),
        between.note());
  }
}

package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The catalogue of the metrics of this module, in the order in which files and tables have them.
 * Each stands in the class that computes it.
 */
public final class Metrics {
  private static final List<CollapseMetric> COLLAPSE =
      List.of(
          WithinClass.NC1_PINV,
          WithinClass.NC1_SVD,
          WithinClass.NC1_QUOT,
          WithinClass.NC1_TRACE,
          MeansGeometry.NC1_CDNV,
          WithinClass.NC1_VCI,
          MeansGeometry.NC2_ETF_ERR,
          MeansGeometry.NC2_NORMS_MEAN,
          MeansGeometry.NC2_NORMS_STD,
          MeansGeometry.NC2_NORM_COV_MEANS,
          DualGeometry.NC2_NORM_COV_WEIGHTS,
          MeansGeometry.NC2_COHERENCE_MEANS,
          DualGeometry.NC2_COHERENCE_WEIGHTS,
          MeansGeometry.NC2G_DIST,
          MeansGeometry.NC2G_DIST_MEAN,
          MeansGeometry.NC2G_LOG,
          MeansGeometry.NC2G_LOG_MEAN,
          MeansGeometry.NC2G_RIESZ,
          MeansGeometry.NC2G_RIESZ_MEAN,
          DualGeometry.NC3_DUAL_ERR,
          DualGeometry.NC3_FROBENIUS,
          DualGeometry.NC3U_UNI_DUAL,
          DualGeometry.NC3_COS_MEAN,
          DualGeometry.NC3_DIST_MEAN,
          NearestMean.NC4_AGREE,
          NearestMean.NC4_MISMATCH,
          OutOfDistribution.NC5_OOD_DEV,
          FeatureRanks.RANK_EFFECTIVE_95,
          FeatureRanks.RANK_EFFECTIVE_99,
          FeatureRanks.RANK_ENTROPY);

  private Metrics() {}

  /** Every metric of the collapse of features. */
  public static Set<CollapseMetric> collapse() {
    return Collections.unmodifiableSet(new LinkedHashSet<>(COLLAPSE));
  }

  /**
   * Those that need the D x D scatter of the features and its eigenvalues, {@code nc1_vci} and the
   * ranks: they are measured when asked for, not by default, since they cost far more than all
   * others together.
   */
  public static Set<CollapseMetric> spectral() {
    Set<CollapseMetric> spectral = new LinkedHashSet<>(COLLAPSE);
    spectral.removeIf(metric -> !metric.needsScatter());
    return Collections.unmodifiableSet(spectral);
  }

  /** Whether a collapse metric sets the spread within classes against that between them: NC1. */
  public static boolean isWithinClass(String id) {
    return named(id).info().group() == MetricInfo.Group.WITHIN;
  }

  /** What each number of this module is: of collapse, of the squared loss, of directions. */
  public static List<MetricInfo> infos() {
    List<MetricInfo> infos = new ArrayList<>();
    COLLAPSE.forEach(metric -> infos.add(metric.info()));
    infos.addAll(SquaredLoss.INFOS);
    Alignment.METRICS.forEach(metric -> infos.add(metric.info()));
    infos.add(NotebookAlignment.INFO);
    infos.add(NotebookAlignment.PROJECTION);
    return List.copyOf(infos);
  }

  /**
   * The collapse metric of this name.
   *
   * @throws InvalidInputException naming the nearest metrics and all there are
   */
  public static CollapseMetric named(String id) {
    List<String> ids = COLLAPSE.stream().map(CollapseMetric::id).toList();
    int at = ids.indexOf(id);
    if (at < 0) {
      throw new InvalidInputException(
          "unknown metric %s; %s. The metrics are %s"
              .formatted(id, Nearest.suggest(id, ids), String.join(", ", ids)));
    }
    return COLLAPSE.get(at);
  }

  /**
   * The collapse metrics of these names, in their order; every one if the only name is {@code all}.
   *
   * @throws InvalidInputException as {@link #named(String)} says
   */
  public static Set<CollapseMetric> named(List<String> ids) {
    if (ids.equals(List.of("all"))) {
      return collapse();
    }
    Set<CollapseMetric> named = new LinkedHashSet<>();
    ids.forEach(id -> named.add(named(id.strip())));
    return named;
  }

  /** In the catalogue's order; what does not stand in it comes last, as it came. */
  public static Set<CollapseMetric> ordered(Collection<CollapseMetric> metrics) {
    Set<CollapseMetric> ordered = new LinkedHashSet<>(COLLAPSE);
    ordered.retainAll(metrics);
    ordered.addAll(metrics);
    return Collections.unmodifiableSet(ordered);
  }
}

package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Nearest;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The geometry metrics by the names they have in files. What each is, its range and its undefined
 * cases stand in docs/definitions.md and at the functions that compute them.
 */
public enum MetricId {
  NC1_PINV("nc1_pinv"),
  NC1_SVD("nc1_svd"),
  NC1_QUOT("nc1_quot"),
  NC1_TRACE("nc1_trace"),
  NC1_CDNV("nc1_cdnv"),
  NC1_VCI("nc1_vci", Need.SPECTRUM),
  NC2_ETF_ERR("nc2_etf_err"),
  NC2_NORMS_MEAN("nc2_norms_mean"),
  NC2_NORMS_STD("nc2_norms_std"),
  NC2_NORM_COV_MEANS("nc2_norm_cov_means"),
  NC2_NORM_COV_WEIGHTS("nc2_norm_cov_weights", Need.WEIGHTS),
  NC2_COHERENCE_MEANS("nc2_coherence_means"),
  NC2_COHERENCE_WEIGHTS("nc2_coherence_weights", Need.WEIGHTS),
  NC2G_DIST("nc2g_dist"),
  NC2G_DIST_MEAN("nc2g_dist_mean"),
  NC2G_LOG("nc2g_log"),
  NC2G_LOG_MEAN("nc2g_log_mean"),
  NC2G_RIESZ("nc2g_riesz"),
  NC2G_RIESZ_MEAN("nc2g_riesz_mean"),
  NC3_DUAL_ERR("nc3_dual_err", Need.WEIGHTS),
  NC3_FROBENIUS("nc3_frobenius", Need.WEIGHTS),
  NC3U_UNI_DUAL("nc3u_uni_dual", Need.WEIGHTS),
  NC3_COS_MEAN("nc3_cos_mean", Need.WEIGHTS),
  NC3_DIST_MEAN("nc3_dist_mean", Need.WEIGHTS),
  NC4_AGREE("nc4_agree", Need.WEIGHTS),
  NC4_MISMATCH("nc4_mismatch", Need.WEIGHTS),
  NC5_OOD_DEV("nc5_ood_dev", Need.OOD),
  RANK_EFFECTIVE_95("rank_effective_95", Need.SPECTRUM),
  RANK_EFFECTIVE_99("rank_effective_99", Need.SPECTRUM),
  RANK_ENTROPY("rank_entropy", Need.SPECTRUM);

  /** What a metric takes besides the class moments of the training features. */
  enum Need {
    MOMENTS,
    WEIGHTS,
    OOD,
    SPECTRUM
  }

  private final String id;
  private final Need need;

  MetricId(String id) {
    this(id, Need.MOMENTS);
  }

  MetricId(String id, Need need) {
    this.id = id;
    this.need = need;
  }

  /** The name in files and on the command line, such as {@code nc1_pinv}. */
  public String id() {
    return id;
  }

  Need need() {
    return need;
  }

  /** Whether it is of the classifier too, not of the features alone. */
  public boolean needsClassifier() {
    return need == Need.WEIGHTS;
  }

  /**
   * The metric of this name.
   *
   * @throws InvalidInputException naming the nearest metrics and all there are
   */
  public static MetricId of(String id) {
    List<String> ids = Arrays.stream(values()).map(MetricId::id).toList();
    int at = ids.indexOf(id);
    if (at < 0) {
      throw new InvalidInputException(
          "unknown metric %s; %s. The metrics are %s"
              .formatted(id, Nearest.suggest(id, ids), String.join(", ", ids)));
    }
    return values()[at];
  }

  /**
   * The metrics of these names, in their order; every metric if the only name is {@code all}.
   *
   * @throws InvalidInputException as {@link #of} says
   */
  public static Set<MetricId> named(List<String> ids) {
    if (ids.equals(List.of("all"))) {
      return all();
    }
    Set<MetricId> named = new LinkedHashSet<>();
    ids.forEach(id -> named.add(of(id.strip())));
    return named;
  }

  /** Every metric. */
  public static Set<MetricId> all() {
    return Collections.unmodifiableSet(EnumSet.allOf(MetricId.class));
  }

  /**
   * The metrics that need the D x D scatter of the features and its eigenvalues, {@code nc1_vci}
   * and the ranks: they are measured when asked for, not by default, since they cost far more than
   * all others together.
   */
  public static Set<MetricId> spectral() {
    EnumSet<MetricId> spectral = EnumSet.allOf(MetricId.class);
    spectral.removeIf(metric -> metric.need != Need.SPECTRUM);
    return Collections.unmodifiableSet(spectral);
  }

  @Override
  public String toString() {
    return id;
  }
}

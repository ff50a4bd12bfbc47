package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.KernelSummary;

/** The arrangement of the centred class means among themselves. */
final class MeansGeometry {
  private static final MetricId[] PAIRWISE = {
    NC1_CDNV,
    NC2_COHERENCE_MEANS,
    NC2G_DIST,
    NC2G_DIST_MEAN,
    NC2G_LOG,
    NC2G_LOG_MEAN,
    NC2G_RIESZ,
    NC2G_RIESZ_MEAN
  };

  private MeansGeometry() {}

  static void measure(
      ClassGeometry geometry, CollapseOptions options, Blas blas, MetricSheet sheet) {
    norms(geometry, sheet);
    if (sheet.wants(NC2_ETF_ERR)) {
      if (geometry.classes() < 2) {
        sheet.undefined("needs two classes", NC2_ETF_ERR);
      } else if (geometry.betweenTrace() == 0) {
        sheet.undefined("all class means coincide", NC2_ETF_ERR);
      } else {
        sheet.define(NC2_ETF_ERR, StructureError.of(geometry.centred(), geometry.centred(), blas));
      }
    }
    if (sheet.wants(PAIRWISE)) {
      pairs(geometry, options, sheet);
    }
  }

  /**
   * Of ||mc_k||: {@code nc2_norms_mean}, {@code nc2_norms_std} with divisor K-1, and {@code
   * nc2_norm_cov_means} = std / mean, in [0, inf). Papyan, Han, Donoho 2020.
   */
  private static void norms(ClassGeometry geometry, MetricSheet sheet) {
    KernelSummary norms = KernelSummary.of(geometry.norms(), 0, geometry.classes());
    sheet.define(NC2_NORMS_MEAN, norms.mean());
    if (geometry.classes() < 2) {
      sheet.undefined("needs two classes", NC2_NORMS_STD, NC2_NORM_COV_MEANS);
      return;
    }
    sheet.define(NC2_NORMS_STD, Math.sqrt(norms.sampleVariance()));
    if (norms.mean() == 0) {
      sheet.undefined("all class means coincide", NC2_NORM_COV_MEANS);
    } else {
      sheet.define(NC2_NORM_COV_MEANS, Math.sqrt(norms.sampleVariance()) / norms.mean());
    }
  }

  private static void pairs(ClassGeometry geometry, CollapseOptions options, MetricSheet sheet) {
    int classes = geometry.classes();
    if (classes < 2) {
      sheet.undefined("needs two classes", PAIRWISE);
      return;
    }
    for (int i = 0; i < classes; i++) {
      if (geometry.norms()[i] == 0) {
        sheet.undefined(
            "the mean of class %d is the global mean".formatted(geometry.label(i)),
            NC2_COHERENCE_MEANS,
            NC2G_DIST,
            NC2G_DIST_MEAN,
            NC2G_LOG,
            NC2G_LOG_MEAN,
            NC2G_RIESZ,
            NC2G_RIESZ_MEAN);
      }
    }
    int pairs = classes * (classes - 1) / 2;
    double[] cdnv = new double[pairs];
    double[] coherence = new double[pairs];
    double[] dist = new double[pairs];
    double[] log = new double[pairs];
    double[] riesz = new double[pairs];
    int p = 0;
    Matrix centred = geometry.centred();
    int width = geometry.width();
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < i; j++) {
        double squared = 0;
        double cosine = 0;
        double direction = 0;
        double ni = geometry.norms()[i];
        double nj = geometry.norms()[j];
        for (int c = 0; c < width; c++) {
          double a = centred.get(i, c);
          double b = centred.get(j, c);
          squared += (a - b) * (a - b);
          cosine += a * b / (ni * nj);
          direction += (a / ni - b / nj) * (a / ni - b / nj);
        }
        if (squared == 0) {
          sheet.undefined(
              "the means of classes %d and %d coincide"
                  .formatted(geometry.label(j), geometry.label(i)),
              NC1_CDNV);
        }
        if (direction == 0) {
          sheet.undefined(
              "the centred means of classes %d and %d have the same direction"
                  .formatted(geometry.label(j), geometry.label(i)),
              NC2G_LOG,
              NC2G_LOG_MEAN,
              NC2G_RIESZ,
              NC2G_RIESZ_MEAN);
        }
        cdnv[p] =
            (geometry.variance(i) + geometry.variance(j))
                / 2
                / Math.pow(squared, options.distExponent());
        coherence[p] = Math.abs(cosine + 1.0 / (classes - 1));
        dist[p] = Math.sqrt(direction);
        log[p] = -0.5 * Math.log(direction);
        riesz[p] = Math.signum(width - 2.0) * Math.pow(direction, (2.0 - width) / 2);
        p++;
      }
    }
    sheet.define(NC1_CDNV, KernelSummary.of(cdnv, 0, pairs).mean());
    sheet.define(NC2_COHERENCE_MEANS, KernelSummary.of(coherence, 0, pairs).mean());
    define(KernelSummary.of(dist, 0, pairs), NC2G_DIST_MEAN, NC2G_DIST, sheet);
    define(KernelSummary.of(log, 0, pairs), NC2G_LOG_MEAN, NC2G_LOG, sheet);
    define(KernelSummary.of(riesz, 0, pairs), NC2G_RIESZ_MEAN, NC2G_RIESZ, sheet);
  }

  private static void define(
      KernelSummary kernel, MetricId mean, MetricId variance, MetricSheet sheet) {
    sheet.define(mean, kernel.mean());
    sheet.define(variance, kernel.populationVariance());
  }
}

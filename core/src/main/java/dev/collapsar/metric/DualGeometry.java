package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.KernelSummary;
import dev.collapsar.stats.PairwiseSums;
import java.util.List;

/** The classifier's weights W (K,D) among themselves and against the centred class means. */
final class DualGeometry {
  private DualGeometry() {}

  static void measure(
      ClassGeometry geometry,
      Matrix weights,
      CollapseOptions options,
      Blas blas,
      Workers workers,
      MetricSheet sheet) {
    int classes = geometry.classes();
    double[] norms = PairwiseSums.rowNorms(weights);
    if (classes < 2) {
      sheet.undefined(
          ClassGeometry.FEW,
          NC2_NORM_COV_WEIGHTS,
          NC2_COHERENCE_WEIGHTS,
          NC3_DUAL_ERR,
          NC3U_UNI_DUAL);
    }
    for (int i = 0; i < classes; i++) {
      if (norms[i] == 0) {
        sheet.undefined(
            "the weights of class %d are zero".formatted(geometry.label(i)),
            NC2_COHERENCE_WEIGHTS,
            NC3_COS_MEAN,
            NC3_DIST_MEAN);
      }
    }
    geometry.requireNoZero(sheet, NC3_COS_MEAN, NC3_DIST_MEAN);
    double weightNorm = length(norms);
    double meanNorm = length(geometry.norms());
    if (weightNorm == 0) {
      sheet.undefined("the weights are zero", NC2_NORM_COV_WEIGHTS, NC3_DUAL_ERR, NC3_FROBENIUS);
    }
    if (meanNorm == 0) {
      sheet.undefined(ClassGeometry.COINCIDE, NC3_DUAL_ERR, NC3_FROBENIUS);
    }
    if (sheet.wants(NC2_NORM_COV_WEIGHTS)) {
      KernelSummary summary = KernelSummary.of(norms, 0, classes);
      sheet.define(NC2_NORM_COV_WEIGHTS, Math.sqrt(summary.sampleVariance()) / summary.mean());
    }
    if (sheet.wants(NC3_DUAL_ERR)) {
      sheet.define(
          NC3_DUAL_ERR,
          SimplexFit.error(weights, geometry.centred(), options.tileSize(), blas, workers));
    }
    double[] w = weights.array();
    double[] m = geometry.centred().array();
    int width = geometry.width();
    double frobenius = 0;
    double[] dots = new double[classes];
    double[] cosines = new double[classes];
    double[] distances = new double[classes];
    for (int i = 0; i < classes; i++) {
      double apart = 0;
      for (int j = i * width; j < (i + 1) * width; j++) {
        dots[i] += w[j] * m[j];
        double f = w[j] / weightNorm - m[j] / meanNorm;
        frobenius += f * f;
        double d = w[j] / norms[i] - m[j] / geometry.norms()[i];
        apart += d * d;
      }
      cosines[i] = dots[i] / (norms[i] * geometry.norms()[i]);
      distances[i] = Math.sqrt(apart);
    }
    sheet.define(NC3_FROBENIUS, frobenius);
    sheet.define(NC3_COS_MEAN, KernelSummary.of(cosines, 0, classes).mean());
    sheet.define(NC3_DIST_MEAN, KernelSummary.of(distances, 0, classes).mean());
    if (sheet.wants(NC3U_UNI_DUAL)) {
      sheet.define(NC3U_UNI_DUAL, KernelSummary.of(dots, 0, classes).sampleVariance());
    }
    if (sheet.wants(NC2_COHERENCE_WEIGHTS)) {
      KernelSummary angles =
          PairwiseSums.of(
                  weights,
                  List.of(MeansKernels.simplexAngle(classes)),
                  options.tileSize(),
                  blas,
                  workers)
              .get(0);
      sheet.define(NC2_COHERENCE_WEIGHTS, angles.mean());
    }
  }

  private static double length(double[] norms) {
    double square = 0;
    for (double norm : norms) {
      square += norm * norm;
    }
    return Math.sqrt(square);
  }
}

package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.stats.KernelSummary;
import dev.collapsar.stats.PairwiseKernel;
import dev.collapsar.stats.PairwiseSums;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The arrangement of the centred class means mc_k among themselves. */
final class MeansGeometry {
  private static final MetricId[] PAIRWISE = {
    NC1_CDNV,
    NC2_ETF_ERR,
    NC2_COHERENCE_MEANS,
    NC2G_DIST,
    NC2G_DIST_MEAN,
    NC2G_LOG,
    NC2G_LOG_MEAN,
    NC2G_RIESZ,
    NC2G_RIESZ_MEAN
  };

  private final ClassGeometry geometry;
  private final CollapseOptions options;
  private final MetricSheet sheet;
  private final List<Taken> taken = new ArrayList<>();

  /** A kernel and what its sums are for. */
  private record Taken(PairwiseKernel kernel, Consumer<KernelSummary> whenSummed) {}

  private MeansGeometry(ClassGeometry geometry, CollapseOptions options, MetricSheet sheet) {
    this.geometry = geometry;
    this.options = options;
    this.sheet = sheet;
  }

  static void measure(
      ClassGeometry geometry,
      CollapseOptions options,
      Blas blas,
      Workers workers,
      MetricSheet sheet) {
    MeansGeometry means = new MeansGeometry(geometry, options, sheet);
    means.norms();
    means.pairs(blas, workers);
  }

  /**
   * Of ||mc_k||: {@code nc2_norms_mean}, {@code nc2_norms_std} with divisor K-1, and {@code
   * nc2_norm_cov_means} = std / mean, in [0, inf). Undefined for fewer than two classes, the last
   * also if all means coincide. Papyan, Han, Donoho 2020.
   */
  private void norms() {
    KernelSummary norms = KernelSummary.of(geometry.norms(), 0, geometry.classes());
    sheet.define(NC2_NORMS_MEAN, norms.mean());
    if (geometry.classes() < 2) {
      sheet.undefined(ClassGeometry.FEW, NC2_NORMS_STD, NC2_NORM_COV_MEANS);
      return;
    }
    sheet.define(NC2_NORMS_STD, Math.sqrt(norms.sampleVariance()));
    if (norms.mean() == 0) {
      sheet.undefined(ClassGeometry.COINCIDE, NC2_NORM_COV_MEANS);
    } else {
      sheet.define(NC2_NORM_COV_MEANS, Math.sqrt(norms.sampleVariance()) / norms.mean());
    }
  }

  private void pairs(Blas blas, Workers workers) {
    if (geometry.classes() < 2) {
      sheet.undefined(ClassGeometry.FEW, PAIRWISE);
    } else if (geometry.betweenTrace() == 0) {
      sheet.undefined(ClassGeometry.COINCIDE, PAIRWISE);
    }
    geometry.requireNoZero(
        sheet,
        NC2_COHERENCE_MEANS,
        NC2G_DIST,
        NC2G_DIST_MEAN,
        NC2G_LOG,
        NC2G_LOG_MEAN,
        NC2G_RIESZ,
        NC2G_RIESZ_MEAN);
    if (!sheet.wants(PAIRWISE)) {
      return;
    }
    double exponent = options.distExponent();
    take(
        MeansKernels.distanceNormalisedVariance(geometry, exponent),
        sum -> sheet.define(NC1_CDNV, sum.mean()),
        NC1_CDNV);
    take(
        MeansKernels.simplexAngle(geometry.classes()),
        sum -> sheet.define(NC2_COHERENCE_MEANS, sum.mean()),
        NC2_COHERENCE_MEANS);
    take(MeansKernels.chord(), define(NC2G_DIST_MEAN, NC2G_DIST), NC2G_DIST_MEAN, NC2G_DIST);
    take(MeansKernels.logarithm(), define(NC2G_LOG_MEAN, NC2G_LOG), NC2G_LOG_MEAN, NC2G_LOG);
    RieszKernel riesz = new RieszKernel(geometry.classes(), geometry.width());
    take(riesz, sum -> riesz.define(sum, sheet), NC2G_RIESZ_MEAN, NC2G_RIESZ);
    if (sheet.wants(NC2_ETF_ERR)) {
      SimplexFit fit = SimplexFit.ofGram(geometry.centred());
      take(fit.offDiagonal(), sum -> sheet.define(NC2_ETF_ERR, fit.error(sum)), NC2_ETF_ERR);
    }
    Coincidences coincidences = new Coincidences();
    take(coincidences, sum -> coincidences.undefine(geometry, sheet), PAIRWISE);
    List<KernelSummary> sums =
        PairwiseSums.of(
            geometry.centred(),
            taken.stream().map(Taken::kernel).toList(),
            options.tileSize(),
            blas,
            workers);
    for (int i = taken.size() - 1; i >= 0; i--) {
      taken.get(i).whenSummed().accept(sums.get(i));
    }
  }

  private Consumer<KernelSummary> define(MetricId mean, MetricId variance) {
    return sum -> {
      sheet.define(mean, sum.mean());
      sheet.define(variance, sum.populationVariance());
    };
  }

  private void take(
      PairwiseKernel kernel, Consumer<KernelSummary> whenSummed, MetricId... metrics) {
    if (sheet.wants(metrics)) {
      taken.add(new Taken(kernel, whenSummed));
    }
  }
}

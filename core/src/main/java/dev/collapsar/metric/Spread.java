package dev.collapsar.metric;

import static dev.collapsar.metric.MetricId.*;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import java.util.Arrays;
import java.util.Optional;

/**
 * The metrics that set the spread within classes against the spread between them, and the ranks of
 * the features. The cheapest sufficient statistic decides how: the traces alone for {@code
 * nc1_quot}; projections on the range of S_B for {@code nc1_pinv} where that has fewer than D/2
 * dimensions; the whole scatter otherwise, and for whatever needs its eigenvalues.
 */
final class Spread {
  /** The upstream notebook keeps this many singular values of the features. */
  private static final int SINGULAR_VALUES = 100;

  static final MetricId[] RATIOS = {NC1_PINV, NC1_SVD, NC1_TRACE};

  private final ClassGeometry geometry;
  private final CollapseOptions options;
  private final Blas blas;
  private final MetricSheet sheet;
  private final BetweenBasis between;

  Spread(ClassGeometry geometry, CollapseOptions options, Blas blas, MetricSheet sheet) {
    this.geometry = geometry;
    this.options = options;
    this.blas = blas;
    this.sheet = sheet;
    if (geometry.classes() < 2) {
      sheet.undefined(ClassGeometry.FEW, NC1_PINV, NC1_SVD, NC1_TRACE, NC1_QUOT, NC1_VCI);
    } else if (geometry.betweenTrace() == 0) {
      sheet.undefined(ClassGeometry.COINCIDE, NC1_PINV, NC1_SVD, NC1_TRACE, NC1_QUOT, NC1_VCI);
    }
    quotient();
    between =
        sheet.wants(RATIOS) || sheet.wants(NC1_VCI)
            ? BetweenBasis.of(geometry, options.rankTolerance(), blas)
            : null;
    if (between != null) {
      truncated();
    }
  }

  boolean needsScatter() {
    return sheet.wants(MetricId.Need.SPECTRUM)
        || sheet.wants(RATIOS) && 2 * between.rank() >= geometry.width();
  }

  boolean needsProjection() {
    return sheet.wants(RATIOS) && !needsScatter();
  }

  /** Mc (K,D). */
  Matrix centred() {
    return geometry.centred();
  }

  BetweenBasis between() {
    return between;
  }

  /** {@code nc1_quot} = tr S_W / tr S_B, in [0, inf). Tirer et al. 2023. */
  private void quotient() {
    sheet.define(NC1_QUOT, geometry.withinTrace() / geometry.betweenTrace());
  }

  /** The truncated inverse exists where S_B has the K-1 eigenpairs it keeps. */
  private void truncated() {
    int kept = geometry.classes() - 1;
    if (kept >= geometry.width()) {
      sheet.undefined(
          "keeps K-1 = %d eigenpairs, which must be fewer than D = %d"
              .formatted(kept, geometry.width()),
          NC1_SVD);
    } else if (between.rank() < kept) {
      sheet.undefined("keeps K-1 = %d eigenpairs; %s".formatted(kept, between.note()), NC1_SVD);
    }
  }

  void projection(double sumOfSquares) {
    ratios(sumOfSquares / geometry.samples());
  }

  /**
   * {@code nc1_trace} = tr(S_W S_B^+), in [0, inf); {@code nc1_pinv} = tr(S_W S_B^+) / K; {@code
   * nc1_svd} the same where S_B^+ is of the largest K-1 eigenpairs. Undefined if the class means
   * coincide, {@code nc1_svd} also if S_B has no K-1 eigenvalues above the tolerance or K-1 >= D.
   * Papyan, Han, Donoho 2020; Han et al. 2022.
   */
  private void ratios(double trace) {
    sheet.define(NC1_TRACE, trace, between.note());
    sheet.define(NC1_PINV, trace / geometry.classes(), between.note());
    sheet.define(NC1_SVD, trace / geometry.classes(), between.note());
  }

  /** All that the pooled scatter S (D,D) of the measured classes gives; S_W = S / N. */
  void scatter(Matrix scatter) {
    if (sheet.wants(RATIOS)) {
      Matrix projected = blas.times(between.directions(), scatter); // (R,D)
      double trace = 0;
      for (int i = 0; i < projected.array().length; i++) {
        trace += projected.array()[i] * between.directions().array()[i];
      }
      ratios(trace / geometry.samples());
    }
    if (sheet.wants(NC1_VCI)) {
      variabilityCollapse(scatter);
    }
    if (sheet.wants(RANK_EFFECTIVE_95, RANK_EFFECTIVE_99, RANK_ENTROPY)) {
      ranks(scatter);
    }
  }

  /**
   * {@code nc1_vci} = 1 - tr(S_T^+ S_B) / rank(S_B) with S_T = S_W + S_B, in [0, 1]: 0 when
   * collapsed. Xu and Liu 2023.
   */
  private void variabilityCollapse(Matrix scatter) {
    int width = geometry.width();
    int classes = geometry.classes();
    double[] total = blas.columnGram(geometry.centred()).array().clone(); // (D,D)
    for (int i = 0; i < total.length; i++) {
      total[i] = total[i] / classes + scatter.array()[i] / geometry.samples();
    }
    SymmetricEigen eigen = blas.eigen(Matrix.of(width, width, total));
    int rank = BetweenBasis.rank(eigen.values(), between.tolerance());
    Matrix projected = blas.timesTransposed(geometry.centred(), eigen.vectors()); // (K,D)
    double trace = 0;
    for (int r = width - rank; r < width; r++) {
      double square = 0;
      for (int i = 0; i < classes; i++) {
        double p = projected.get(i, r);
        square += p * p;
      }
      trace += square / eigen.values()[r];
    }
    sheet.define(
        NC1_VCI,
        1 - trace / classes / between.rank(),
        "%s; rank %d of S_T".formatted(between.note(), rank));
  }

  /**
   * Of the singular values s of the features (N,D), not centred, descending, with p = s / sum s:
   * {@code rank_effective_95} and {@code _99} = 1 + how many partial sums of p are below 0.95 or
   * 0.99, p over the largest 100 values (nc-lora); {@code rank_entropy} = exp(-sum p ln p) over all
   * (Roy and Vetterli 2007). In 1..D. Undefined if all features are zero.
   */
  private void ranks(Matrix scatter) {
    long[] counts = new long[geometry.classes()];
    Arrays.setAll(counts, geometry::count);
    Optional<Spectrum> found = Spectrum.ofFeatures(geometry.means(), counts, scatter, blas);
    if (found.isEmpty()) {
      sheet.undefined("all features are zero", RANK_EFFECTIVE_95, RANK_EFFECTIVE_99, RANK_ENTROPY);
      return;
    }
    Spectrum spectrum = found.get();
    String note =
        geometry.width() > SINGULAR_VALUES
            ? "of the " + SINGULAR_VALUES + " largest singular values"
            : null;
    sheet.define(RANK_EFFECTIVE_95, spectrum.effectiveRank(0.95, SINGULAR_VALUES), note);
    sheet.define(RANK_EFFECTIVE_99, spectrum.effectiveRank(0.99, SINGULAR_VALUES), note);
    sheet.define(RANK_ENTROPY, spectrum.entropyRank());
  }
}

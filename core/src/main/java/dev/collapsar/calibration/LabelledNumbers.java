package dev.collapsar.calibration;

import static dev.collapsar.metric.DualGeometry.NC3U_UNI_DUAL;
import static dev.collapsar.metric.DualGeometry.NC3_COS_MEAN;
import static dev.collapsar.metric.DualGeometry.NC3_DIST_MEAN;
import static dev.collapsar.metric.DualGeometry.NC3_DUAL_ERR;
import static dev.collapsar.metric.DualGeometry.NC3_FROBENIUS;
import static dev.collapsar.metric.MeansGeometry.NC1_CDNV;
import static dev.collapsar.metric.MeansGeometry.NC2G_DIST;
import static dev.collapsar.metric.MeansGeometry.NC2G_DIST_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2G_LOG;
import static dev.collapsar.metric.MeansGeometry.NC2G_LOG_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2G_RIESZ;
import static dev.collapsar.metric.MeansGeometry.NC2G_RIESZ_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_COHERENCE_MEANS;
import static dev.collapsar.metric.MeansGeometry.NC2_ETF_ERR;
import static dev.collapsar.metric.MeansGeometry.NC2_NORMS_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_NORMS_STD;
import static dev.collapsar.metric.MeansGeometry.NC2_NORM_COV_MEANS;
import static dev.collapsar.metric.WithinClass.NC1_PINV;
import static dev.collapsar.metric.WithinClass.NC1_QUOT;
import static dev.collapsar.metric.WithinClass.NC1_SVD;
import static dev.collapsar.metric.WithinClass.NC1_TRACE;
import static dev.collapsar.metric.WithinClass.NC1_VCI;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.metric.CollapseMetric;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;

/**
 * All NC1 to NC3 numbers of one labelling of the features, from its class means in the coordinates
 * in which the total covariance T is diagonal. But for eigenvectors nothing is larger than K x K.
 */
final class LabelledNumbers {
  private final TotalSpread total;
  private final Blas blas;
  private final int classes;
  private final double[] shares; // n_k / N
  private final Matrix means; // Y (K,r), around the mean of all rows
  private final Matrix centred; // Yc (K,r)
  private final double[] variances; // v_k
  private final Matrix products; // G = Yc Yc^T (K,K)
  private final GramNumbers gram;
  private final Map<String, Double> found = new LinkedHashMap<>();

  private LabelledNumbers(TotalSpread total, Matrix means, double[] variances, Blas blas) {
    this.total = total;
    this.means = means;
    this.variances = variances;
    this.blas = blas;
    classes = means.rows();
    shares = total.shares();
    centred = means.centred();
    products = blas.timesTransposed(centred, centred);
    gram = new GramNumbers(classes, products.toArray());
  }

  /**
   * The numbers that are defined, by id.
   *
   * @param means Y (K,r)
   * @param variances v_k = mean over class k of ||x - mu_k||^2
   */
  static Map<String, Double> of(TotalSpread total, Matrix means, double[] variances, Blas blas) {
    LabelledNumbers numbers = new LabelledNumbers(total, means, variances, blas);
    numbers.spread();
    numbers.arrangement();
    numbers.kernels();
    total.weights().ifPresent(numbers::duality);
    return numbers.found;
  }

  private void put(CollapseMetric metric, OptionalDouble value) {
    if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
      found.put(metric.id(), value.getAsDouble());
    }
  }

  private void put(CollapseMetric metric, double value) {
    put(metric, OptionalDouble.of(value));
  }

  private void spread() {
    double within = 0;
    for (int k = 0; k < classes; k++) {
      within += shares[k] * variances[k];
    }
    put(NC1_QUOT, gram.quotient(within));
    put(NC1_CDNV, gram.distanceNormalised(variances, 1));
    if (!(gram.trace() > 0)) {
      return;
    }
    Matrix basis = inverseRoot();
    double trace = 0;
    for (int i = 0; i < basis.length(); i++) {
      double b = basis.at(i);
      trace += total.values()[i % means.columns()] * b * b;
    }
    Matrix products = blas.timesTransposed(basis, means); // (R,K)
    for (int i = 0; i < products.length(); i++) {
      double p = products.at(i);
      trace -= shares[i % classes] * p * p;
    }
    trace = Math.max(0, trace); // but for rounding, where classes have no spread
    put(NC1_TRACE, trace);
    put(NC1_PINV, trace / classes);
    if (basis.rows() == classes - 1 && classes - 1 < total.width()) {
      put(NC1_SVD, trace / classes);
    }
    put(NC1_VCI, total.isSpanned() ? 0 : 1 - explained() / basis.rows());
  }

  /** Q (R,r) with Q^T Q = S_B^+, so that tr(S_W S_B^+) = tr(Q S_W Q^T). */
  private Matrix inverseRoot() {
    int width = means.columns();
    boolean bySamples = classes <= width;
    SymmetricEigen eigen = blas.eigen(bySamples ? products : blas.columnGram(centred));
    int size = eigen.values().length;
    double least = Math.max(classes, total.width()) * Math.ulp(1.0) * eigen.values()[size - 1];
    int rank = 0;
    while (rank < Math.min(size, classes - 1) && eigen.values()[size - 1 - rank] > least) {
      rank++;
    }
    double[] rows = new double[rank * size];
    for (int r = 0; r < rank; r++) {
      double l = eigen.values()[size - 1 - r];
      double scale = bySamples ? Math.sqrt(classes) / l : Math.sqrt(classes / l);
      for (int i = 0; i < size; i++) {
        rows[r * size + i] = scale * eigen.vectors().get(size - 1 - r, i);
      }
    }
    Matrix found = Matrix.of(rank, size, rows);
    return bySamples ? blas.times(found, centred) : found;
  }

  /**
   * tr(S_T^-1 S_B). With J = L/K - diag(n/N), S_T = T + Y^T J Y, whose inverse is taken on the
   * smaller side; J Y = 0 for classes of one size, since the rows of Y then sum to 0.
   */
  private double explained() {
    int width = means.columns();
    if (total.isBalanced()) {
      double trace = 0;
      for (int i = 0; i < centred.length(); i++) {
        double c = centred.at(i);
        trace += c * c / total.values()[i % width];
      }
      return trace / classes;
    }
    return classes <= width ? explainedByClasses() : explainedByFeatures();
  }

  /** tr((I + J Gam)^-1 (L/K) Gam), Gam = Y diag(1/t) Y^T (K,K). */
  private double explainedByClasses() {
    int width = means.columns();
    double[] scaled = means.toArray();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] /= Math.sqrt(total.values()[i % width]);
    }
    Matrix rows = Matrix.of(classes, width, scaled);
    double[] gamma = blas.timesTransposed(rows, rows).toArray();
    double[] between = Matrix.of(classes, classes, gamma).centred().toArray();
    double[] system = new double[classes * classes];
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        int at = i * classes + j;
        between[at] /= classes;
        system[at] = (i == j ? 1 : 0) + between[at] - shares[i] * gamma[at];
      }
    }
    return LinearSystem.traceOfQuotient(classes, system, between);
  }

  /** The same in r x r. */
  private double explainedByFeatures() {
    int width = means.columns();
    double[] scaled = means.toArray();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= Math.sqrt(shares[i / width]);
    }
    double[] own = blas.columnGram(Matrix.of(classes, width, scaled)).toArray();
    double[] between = blas.columnGram(centred).toArray();
    double[] system = new double[width * width];
    for (int i = 0; i < system.length; i++) {
      between[i] /= classes;
      system[i] = between[i] - own[i];
    }
    for (int i = 0; i < width; i++) {
      system[i * width + i] += total.values()[i];
    }
    return LinearSystem.traceOfQuotient(width, system, between);
  }

  private void arrangement() {
    put(NC2_ETF_ERR, gram.simplexError());
    double[] norms = gram.norms();
    double mean = mean(norms);
    double std = Math.sqrt(squaredDeviations(norms) / (classes - 1));
    put(NC2_NORMS_MEAN, mean);
    put(NC2_NORMS_STD, std);
    if (mean > 0) {
      put(NC2_NORM_COV_MEANS, std / mean);
    }
    put(NC2_COHERENCE_MEANS, gram.coherence());
  }

  private void kernels() {
    double[] chords = gram.squaredChords();
    for (double chord : chords) {
      if (!(chord > 0)) {
        return;
      }
    }
    kernel(NC2G_DIST, NC2G_DIST_MEAN, chords, Math::sqrt);
    kernel(NC2G_LOG, NC2G_LOG_MEAN, chords, chord -> -0.5 * Math.log(chord));
    riesz(chords);
  }

  private void kernel(
      CollapseMetric unevenness, CollapseMetric mean, double[] chords, DoubleUnaryOperator kernel) {
    double[] values = new double[chords.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = kernel.applyAsDouble(chords[i]);
    }
    put(mean, mean(values));
    put(unevenness, squaredDeviations(values) / values.length);
  }

  /** Relative to the chord of a simplex, then scaled, since the power itself may underflow. */
  private void riesz(double[] chords) {
    double exponent = total.width() - 2.0;
    double logChord = Math.log(2.0 * classes / (classes - 1));
    double[] values = new double[chords.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.exp(-0.5 * exponent * (Math.log(chords[i]) - logChord));
    }
    double logScale = -0.5 * exponent * logChord;
    putScaled(NC2G_RIESZ_MEAN, Math.signum(exponent), mean(values), logScale);
    putScaled(
        NC2G_RIESZ,
        Math.abs(Math.signum(exponent)),
        squaredDeviations(values) / values.length,
        2 * logScale);
  }

  private void putScaled(CollapseMetric metric, double sign, double relative, double logScale) {
    double log = Math.log(relative) + logScale;
    if (relative == 0) {
      put(metric, 0);
    } else if (log >= Math.log(Double.MIN_NORMAL)) {
      put(metric, sign * Math.exp(log));
    }
  }

  private void duality(Matrix weights) {
    GramNumbers products =
        new GramNumbers(classes, blas.timesTransposed(weights, centred).toArray());
    put(NC3_DUAL_ERR, products.simplexError());
    double[] norms = gram.norms();
    double weightSquares = 0;
    double aligned = 0;
    double[] dots = new double[classes];
    double[] cosines = new double[classes];
    double[] distances = new double[classes];
    for (int k = 0; k < classes; k++) {
      double length = total.weightNorms()[k];
      weightSquares += length * length;
      dots[k] = products.get(k, k);
      aligned += dots[k];
      cosines[k] = dots[k] / (length * norms[k]);
      distances[k] = Math.sqrt(Math.max(0, 2 - 2 * cosines[k]));
    }
    put(NC3_FROBENIUS, 2 - 2 * aligned / Math.sqrt(weightSquares * gram.trace()));
    put(NC3U_UNI_DUAL, squaredDeviations(dots) / (classes - 1));
    put(NC3_COS_MEAN, mean(cosines));
    put(NC3_DIST_MEAN, mean(distances));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double squaredDeviations(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum;
  }
}

package dev.collapsar.calibration;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.ResidualShare;
import dev.collapsar.linalg.SymmetricEigen;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.PairwiseSums;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The raw formulas of the corrected numbers, for one set of moments; whether a number is fit to be
 * printed is for others to say. Each is empty where something that must be positive is not.
 *
 * <p>With v'_k = v_k n_k/(n_k-1) and L = I - 11^T/K the products of the centred class means are G'
 * = G - L diag(v'/n) L, exact in expectation for any distribution and any n_k of 2 or more. Of a
 * finite population v'/n takes the factor 1 - n_k/n_pop, and v' itself, as the pooled scatter, the
 * population's divisor (n_pop-1)/n_pop; {@code nc1_vci} takes (P-1-D)/(P-1), P the population.
 */
final class NoiseCorrection {
  private final ClassMoments moments;
  private final Sampling sampling;
  private final Matrix weights; // W (K,D), or null
  private final Matrix meansNoise; // sum S'_k/n_k (D,D), or null
  private final Blas blas;
  private final int classes;
  private final double samples;
  private final Matrix centred; // Mc (K,D)
  private final double[] variances; // v' (K), the population's divisor
  private final double[] noise; // v'/n (K)
  private final double ownDivisor; // of the pooled scatter
  private final double plugInTrace; // tr G
  private final GramNumbers gram; // G'
  private OptionalDouble pseudoInverse; // null until it is asked for
  private OptionalDouble variability; // likewise

  /**
   * @param moments every class with 2 samples or more
   * @param weights W (K,D), or null
   */
  NoiseCorrection(ClassMoments moments, Sampling sampling, Matrix weights, Blas blas) {
    this(moments, sampling, weights, null, blas);
  }

  /**
   * @param meansNoise sum S'_k/n_k (D,D), which classes of several sizes need for {@code nc1_pinv}
   *     where K-1 >= D; null where it is not known
   */
  NoiseCorrection(
      ClassMoments moments, Sampling sampling, Matrix weights, Matrix meansNoise, Blas blas) {
    this.moments = moments;
    this.meansNoise = meansNoise;
    this.sampling = sampling;
    this.weights = weights;
    this.blas = blas;
    classes = moments.classes();
    samples = moments.samples();
    centred = moments.means().centred();
    variances = new double[classes];
    noise = new double[classes];
    double divisor = 0;
    for (int k = 0; k < classes; k++) {
      long n = moments.count(k);
      divisor += n / samples * sampling.ownDivisor(k, n);
      double unbiased = moments.squaredDeviations(k) / (n - 1);
      variances[k] = unbiased * sampling.ownDivisor(k, n);
      noise[k] = unbiased / n * sampling.remaining(k, n);
    }
    ownDivisor = divisor;
    double[] products = blas.timesTransposed(centred, centred).toArray();
    double plugIn = 0;
    for (int k = 0; k < classes; k++) {
      plugIn += products[k * classes + k];
    }
    plugInTrace = plugIn;
    gram = new GramNumbers(classes, corrected(products, noise, 1));
  }

  /** Takes scale L diag(c) L off: delta_ij c_i - (c_i + c_j)/K + sum c / K^2. */
  private double[] corrected(double[] products, double[] c, double scale) {
    double all = Arrays.stream(c).sum() / classes / classes;
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        double share = (i == j ? c[i] : 0) - (c[i] + c[j]) / classes + all;
        products[i * classes + j] -= scale * share;
      }
    }
    return products;
  }

  double samples() {
    return samples;
  }

  /** tr(L diag(v'/n) L) / tr G: 1 if the means coincide but for noise. */
  OptionalDouble noiseShare() {
    double noiseTrace = Arrays.stream(noise).sum() * (1 - 1.0 / classes);
    return plugInTrace > 0 ? OptionalDouble.of(noiseTrace / plugInTrace) : OptionalDouble.empty();
  }

  /** sum (n_k/N) v'_k / (tr G'/K). */
  OptionalDouble quotient() {
    double within = 0;
    for (int k = 0; k < classes; k++) {
      within += moments.count(k) / samples * variances[k];
    }
    return gram.quotient(within);
  }

  /** The mean over pairs of ((v'_i + v'_j)/2) / d'_ij. */
  OptionalDouble distanceNormalised() {
    return gram.distanceNormalised(variances, 1);
  }

  /** d'_ij of all pairs i < j. */
  double[] squaredDistances() {
    double[] distances = new double[classes * (classes - 1) / 2];
    int at = 0;
    for (int i = 0; i < classes; i++) {
      for (int j = i + 1; j < classes; j++) {
        distances[at++] = gram.squaredDistance(i, j);
      }
    }
    return distances;
  }

  /** sqrt of G's corrected diagonal (K); NaN of a negative one. */
  double[] norms() {
    return gram.norms();
  }

  OptionalDouble normsMean() {
    return gram.hasLengths()
        ? OptionalDouble.of(Arrays.stream(norms()).average().orElseThrow())
        : OptionalDouble.empty();
  }

  /**
   * std/mean of the norms, the variance over k less the mean variance of one norm.
   *
   * @param ownVariance the mean over k of the norms' sampling variance; 0 for the first order
   */
  OptionalDouble normCov(double ownVariance) {
    OptionalDouble mean = normsMean();
    double left = mean.isPresent() ? variance(norms()) - ownVariance : -1;
    return left >= 0
        ? OptionalDouble.of(Math.sqrt(left) / mean.getAsDouble())
        : OptionalDouble.empty();
  }

  /** R', row by row. */
  double[] simplexRest() {
    return gram.simplexRest();
  }

  double simplexRestSquared() {
    return gram.simplexRestSquared();
  }

  /**
   * The distance from the simplex, with what R's entries vary by taken off ||R'||^2.
   *
   * @param ownVariance V, the sum of the entries' sampling variances; 0 for the first order
   */
  OptionalDouble simplexError(double ownVariance) {
    return gram.simplexScale() > 0
        ? gram.simplexError(gram.simplexRestSquared() - ownVariance)
        : OptionalDouble.empty();
  }

  /** w_k . mc_k (K): linear in the means, so without bias. */
  double[] dots() {
    double[] dots = new double[classes];
    int width = moments.width();
    for (int i = 0; i < centred.length(); i++) {
      dots[i / width] += weights.at(i) * centred.at(i);
    }
    return dots;
  }

  /** The variance over k of w_k . mc_k less the mean sampling variance of one. */
  OptionalDouble uniformDuality(double ownVariance) {
    double left = variance(dots()) - ownVariance;
    return left >= 0 ? OptionalDouble.of(left) : OptionalDouble.empty();
  }

  /** cos(w_k, mc_k) (K), which may pass 1; empty if a length is not positive. */
  private double[] cosines() {
    double[] lengths = PairwiseSums.rowNorms(weights);
    double[] cosines = dots();
    double[] norms = norms();
    for (int k = 0; k < classes; k++) {
      cosines[k] /= lengths[k] * norms[k];
    }
    return cosines;
  }

  OptionalDouble cosineMean() {
    return finite(Arrays.stream(cosines()).average().orElseThrow());
  }

  /** The mean of sqrt(2 - 2 cos). */
  OptionalDouble distanceMean() {
    return finite(Arrays.stream(cosines()).map(c -> Math.sqrt(2 - 2 * c)).average().orElseThrow());
  }

  /** 2 - 2 <W,Mc> / (||W|| sqrt tr G'). */
  OptionalDouble frobenius() {
    double square = Arrays.stream(PairwiseSums.rowNorms(weights)).map(w -> w * w).sum();
    return finite(2 - 2 * Arrays.stream(dots()).sum() / Math.sqrt(square * gram.trace()));
  }

  /**
   * The unbiased tr Sigma^2 under normal classes of one covariance: nu^2/((nu-1)(nu+2)) (tr S'^2 -
   * (tr S')^2/nu), S' = scatter / nu, nu = N - K.
   */
  OptionalDouble traceSigmaSquared() {
    double freedom = samples - classes;
    if (moments.scatter().isEmpty() || freedom < 2) {
      return OptionalDouble.empty();
    }
    Matrix scatter = moments.scatter().get();
    int width = moments.width();
    double squares = 0;
    double trace = 0;
    for (int i = 0; i < scatter.length(); i++) {
      squares += scatter.at(i) / freedom * (scatter.at(i) / freedom);
      trace += i % (width + 1) == 0 ? scatter.at(i) / freedom : 0;
    }
    return OptionalDouble.of(
        freedom * freedom / ((freedom - 1) * (freedom + 2)) * (squares - trace * trace / freedom));
  }

  /** tr(S_W S_B^+) / K, by the K x K side, or by the D x D side if K-1 >= D. */
  OptionalDouble pseudoInverse() {
    if (pseudoInverse == null) {
      pseudoInverse = findPseudoInverse();
    }
    return pseudoInverse;
  }

  private OptionalDouble findPseudoInverse() {
    if (moments.scatter().isEmpty() || samples - classes < 2) {
      return OptionalDouble.empty();
    }
    return classes - 1 < moments.width() ? byClasses() : byFeatures();
  }

  /** sum over the K-1 largest eigenpairs (l,u) of G' of u^T H' u / l^2. */
  private OptionalDouble byClasses() {
    SymmetricEigen eigen = blas.eigen(Matrix.of(classes, classes, gramEntries()));
    if (!(eigen.values()[1] > 0)) {
      return OptionalDouble.empty();
    }
    double freedom = samples - classes;
    Matrix projected = blas.times(centred, moments.scatter().get()); // (K,D)
    double[] spread = blas.timesTransposed(projected, centred).toArray();
    double[] inverse = new double[classes];
    for (int i = 0; i < spread.length; i++) {
      spread[i] /= freedom;
    }
    for (int k = 0; k < classes; k++) {
      long n = moments.count(k);
      inverse[k] = sampling.remaining(k, n) / n;
    }
    Matrix h =
        Matrix.of(classes, classes, corrected(spread, inverse, traceSigmaSquared().orElseThrow()));
    Matrix along = blas.times(eigen.vectors(), h);
    double sum = 0;
    for (int r = 1; r < classes; r++) {
      double value = 0;
      for (int i = 0; i < classes; i++) {
        value += along.get(r, i) * eigen.vectors().get(r, i);
      }
      sum += value / (eigen.values()[r] * eigen.values()[r]);
    }
    return OptionalDouble.of(sum * ownDivisor);
  }

  private double[] gramEntries() {
    double[] entries = new double[classes * classes];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = gram.get(i / classes, i % classes);
    }
    return entries;
  }

  /** With S_B - (1-1/K)/K sum S'_k/n_k, which the pooled scatter gives for classes of one size. */
  private OptionalDouble byFeatures() {
    if (!hasMeansNoise()) {
      return OptionalDouble.empty();
    }
    int width = moments.width();
    double freedom = samples - classes;
    long n = moments.count(0);
    Matrix added = meansNoise != null ? meansNoise : moments.scatter().get();
    double times = meansNoise != null ? 1.0 / classes : sampling.remaining(0, n) / n / freedom;
    double share = (1 - 1.0 / classes) * times;
    double[] between = blas.columnGram(centred).toArray();
    for (int i = 0; i < between.length; i++) {
      between[i] = between[i] / classes - share * added.at(i);
    }
    SymmetricEigen eigen = blas.eigen(Matrix.of(width, width, between));
    if (!(eigen.values()[0] > 0)) {
      return OptionalDouble.empty();
    }
    Matrix along = blas.times(eigen.vectors(), moments.scatter().get());
    double sum = 0;
    for (int i = 0; i < along.length(); i++) {
      sum += along.at(i) * eigen.vectors().at(i) / eigen.values()[i / width];
    }
    return OptionalDouble.of(sum / freedom / classes * ownDivisor);
  }

  /** Whether it is known what sampling noise adds to S_B. */
  boolean hasMeansNoise() {
    return meansNoise != null || isBalanced();
  }

  private boolean isBalanced() {
    for (int k = 1; k < classes; k++) {
      if (moments.count(k) != moments.count(0)) {
        return false;
      }
    }
    return true;
  }

  /** vci (N-1)/(N-1-D), as an adjusted R^2; empty for N-1 <= D. */
  OptionalDouble variabilityIndex() {
    if (variability == null) {
      variability = findVariability();
    }
    return variability;
  }

  private OptionalDouble findVariability() {
    double rest = samples - 1 - moments.width();
    if (moments.scatter().isEmpty() || rest <= 0 || !(plugInTrace > 0)) {
      return OptionalDouble.empty();
    }
    double tolerance = Math.max(classes, moments.width()) * Math.ulp(1.0);
    double[] within = moments.scatter().get().toArray();
    for (int i = 0; i < within.length; i++) {
      within[i] /= samples;
    }
    Matrix scatter = Matrix.of(moments.width(), moments.width(), within);
    return OptionalDouble.of(
        ResidualShare.quickly(betweenFactor(tolerance), scatter, tolerance, blas)
            * (samples - 1)
            / rest
            * sampling.ownVariability(moments.width()));
  }

  /** B (q,D) with B^T B = S_B. */
  private Matrix betweenFactor(double tolerance) {
    boolean wide = classes <= moments.width();
    SymmetricEigen eigen =
        blas.eigen(wide ? blas.timesTransposed(centred, centred) : blas.columnGram(centred));
    int size = eigen.values().length;
    double least = tolerance * eigen.values()[size - 1];
    int rank = 0;
    while (rank < Math.min(size, classes - 1) && eigen.values()[size - 1 - rank] > least) {
      rank++;
    }
    int[] kept = new int[rank];
    Arrays.setAll(kept, r -> size - 1 - r);
    double[] rows = eigen.vectors().rows(kept).toArray();
    for (int i = 0; i < rows.length; i++) {
      double root = wide ? 1 : Math.sqrt(eigen.values()[kept[i / size]]);
      rows[i] *= root / Math.sqrt(classes);
    }
    Matrix found = Matrix.of(rank, size, rows);
    return wide ? blas.times(found, centred) : found;
  }

  private static OptionalDouble finite(double value) {
    return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  private static double variance(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return squares / (values.length - 1);
  }
}

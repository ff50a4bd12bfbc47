package dev.collapsar.calibration;

import java.util.OptionalDouble;

/**
 * The numbers of the centred class means mc_k that follow from their products alone: G (K,K), of
 * plug-in means or corrected for sampling noise. Ids and formulas as in docs/definitions.md.
 *
 * <p>Every method is empty where a length or distance that it divides by, or takes the root of, is
 * not positive.
 */
final class GramNumbers {
  private final int classes;
  private final double[] gram; // (K,K)

  GramNumbers(int classes, double[] gram) {
    this.classes = classes;
    this.gram = gram;
  }

  double get(int i, int j) {
    return gram[i * classes + j];
  }

  /** tr G = K tr S_B. */
  double trace() {
    double trace = 0;
    for (int k = 0; k < classes; k++) {
      trace += get(k, k);
    }
    return trace;
  }

  double squaredDistance(int i, int j) {
    return get(i, i) + get(j, j) - 2 * get(i, j);
  }

  double smallestSquaredDistance() {
    double smallest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < classes; i++) {
      for (int j = i + 1; j < classes; j++) {
        smallest = Math.min(smallest, squaredDistance(i, j));
      }
    }
    return smallest;
  }

  /** Whether every mean has a direction. */
  boolean hasLengths() {
    for (int k = 0; k < classes; k++) {
      if (!(get(k, k) > 0)) {
        return false;
      }
    }
    return true;
  }

  /** ||mc_k|| (K); NaN where the square is negative. */
  double[] norms() {
    double[] norms = new double[classes];
    for (int k = 0; k < classes; k++) {
      norms[k] = Math.sqrt(get(k, k));
    }
    return norms;
  }

  /** tr S_W / tr S_B. */
  OptionalDouble quotient(double withinTrace) {
    double trace = trace();
    return trace > 0 ? OptionalDouble.of(withinTrace / (trace / classes)) : OptionalDouble.empty();
  }

  /** The mean over pairs of (v_i + v_j) / 2 / (squared distance)^e. */
  OptionalDouble distanceNormalised(double[] variances, double exponent) {
    if (!(smallestSquaredDistance() > 0)) {
      return OptionalDouble.empty();
    }
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      for (int j = i + 1; j < classes; j++) {
        double square = squaredDistance(i, j);
        sum +=
            (variances[i] + variances[j])
                / 2
                / (exponent == 1 ? square : Math.pow(square, exponent));
      }
    }
    return OptionalDouble.of(sum / pairs());
  }

  private double pairs() {
    return classes * (classes - 1) / 2.0;
  }

  /** The mean over pairs of |cos + 1/(K-1)|. */
  OptionalDouble coherence() {
    if (!hasLengths()) {
      return OptionalDouble.empty();
    }
    double[] norms = norms();
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      for (int j = i + 1; j < classes; j++) {
        sum += Math.abs(get(i, j) / (norms[i] * norms[j]) + 1.0 / (classes - 1));
      }
    }
    return OptionalDouble.of(sum / pairs());
  }

  /**
   * Squared chords of all pairs, ||u_i - u_j||^2 for unit vectors; empty if one is not positive.
   */
  double[] squaredChords() {
    double[] norms = norms();
    double[] chords = new double[classes * (classes - 1) / 2];
    int at = 0;
    for (int i = 0; i < classes; i++) {
      for (int j = i + 1; j < classes; j++) {
        chords[at++] = 2 - 2 * get(i, j) / (norms[i] * norms[j]);
      }
    }
    return chords;
  }

  /** G = a P + R with P = I - 11^T/K and R orthogonal to P: a. */
  double simplexScale() {
    double all = 0;
    for (double entry : gram) {
      all += entry;
    }
    return (trace() - all / classes) / (classes - 1);
  }

  /** R, row by row (K,K). */
  double[] simplexRest() {
    double scale = simplexScale();
    double[] rest = gram.clone();
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        rest[i * classes + j] -= scale * ((i == j ? 1 : 0) - 1.0 / classes);
      }
    }
    return rest;
  }

  /** ||R||^2. */
  double simplexRestSquared() {
    double sum = 0;
    for (double entry : simplexRest()) {
      sum += entry * entry;
    }
    return sum;
  }

  /** || G/||G||_F - P/sqrt(K-1) ||_F. */
  OptionalDouble simplexError() {
    return simplexError(simplexRestSquared());
  }

  /** The same with another ||R||^2: sqrt(2 - 2/sqrt(1+t)), t = ||R||^2 / (a^2 (K-1)), if a > 0. */
  OptionalDouble simplexError(double restSquared) {
    double scale = simplexScale();
    double aligned = scale * scale * (classes - 1);
    if (!(restSquared >= 0) || !(aligned + restSquared > 0)) {
      return OptionalDouble.empty();
    }
    if (scale <= 0) {
      return OptionalDouble.of(Math.sqrt(2 + 2 * Math.sqrt(aligned / (aligned + restSquared))));
    }
    double t = restSquared / aligned;
    double root = Math.sqrt(1 + t);
    return OptionalDouble.of(Math.sqrt(2 * t / (root * (1 + root))));
  }
}

package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.commons.statistics.distribution.BetaDistribution;

/**
 * The distribution by chance of an overlap tr(A B) of two symmetric, not negative matrices of D
 * dimensions when one of them is turned by a uniformly drawn rotation; no draws are needed.
 *
 * <p>A = sum w_j v_j v_j^T for directions v_j with weights w_j; B likewise. Weights 1 on one side
 * and S_B / tr S_B on the other give the share of the class means inside the directions' span (mean
 * r/D); weights 1/r and 1 the share of the directions inside a q-dimensional span (mean q/D).
 */
public final class OverlapChance {
  private final double mean;
  private final double variance;
  private final double best;

  private OverlapChance(double mean, double variance, double best) {
    this.mean = mean;
    this.variance = variance;
    this.best = best;
  }

  /**
   * @param first the eigenvalues of A that are not 0, in any order; at most D
   * @param second those of B
   * @param width D, at least 2
   * @throws InvalidInputException if an eigenvalue is negative or not finite, all of a side are 0,
   *     there are more than D, or D is below 2
   */
  public static OverlapChance of(double[] first, double[] second, int width) {
    if (width < 2) {
      throw new InvalidInputException("a rotation needs 2 dimensions or more, got " + width);
    }
    double[] a = descending(first, width);
    double[] b = descending(second, width);
    double traceA = Arrays.stream(a).sum();
    double traceB = Arrays.stream(b).sum();
    double best = 0;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      best += a[i] * b[i];
    }
    double variance =
        2.0 / ((width - 1.0) * (width + 2.0)) * spread(a, traceA, width) * spread(b, traceB, width);
    return new OverlapChance(traceA * traceB / width, variance, best);
  }

  private static double[] descending(double[] weights, int width) {
    double[] sorted = weights.clone();
    Arrays.sort(sorted);
    if (sorted.length == 0
        || sorted.length > width
        || !(sorted[0] >= 0)
        || !(sorted[sorted.length - 1] > 0)
        || !Double.isFinite(sorted[sorted.length - 1])) {
      throw new InvalidInputException(
          "eigenvalues must be 1 to %s finite numbers, none negative and not all 0, got %s"
              .formatted(width, Arrays.toString(weights)));
    }
    for (int i = 0; i < sorted.length / 2; i++) {
      double swapped = sorted[i];
      sorted[i] = sorted[sorted.length - 1 - i];
      sorted[sorted.length - 1 - i] = swapped;
    }
    return sorted;
  }

  /** tr A^2 - (tr A)^2 / D, by deviations: all D eigenvalues less their mean, squared. */
  private static double spread(double[] weights, double trace, int width) {
    double mean = trace / width;
    double squares = (width - weights.length) * mean * mean;
    for (double weight : weights) {
      squares += (weight - mean) * (weight - mean);
    }
    return squares;
  }

  /** tr A tr B / D. */
  public double mean() {
    return mean;
  }

  /** 2 / ((D-1)(D+2)) (tr A^2 - (tr A)^2/D) (tr B^2 - (tr B)^2/D). */
  public double variance() {
    return variance;
  }

  /** The largest overlap of any rotation: the sum of products of both spectra, sorted. */
  public double best() {
    return best;
  }

  /**
   * The chance of at least this overlap: the upper tail of the Beta distribution on [0, best] with
   * this mean and variance. Exact for one direction against a projection, where it is Beta(q/2,
   * (D-q)/2); else sizes of .044 to .059 for .05. Empty if every rotation gives the same overlap.
   */
  public OptionalDouble upperP(double overlap) {
    return law().isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(law().get().survivalProbability(share(overlap)));
  }

  /** The two-sided p of the same law: min(1, 2 min(upper, lower)). */
  public OptionalDouble p(double overlap) {
    if (law().isEmpty()) {
      return OptionalDouble.empty();
    }
    double upper = law().get().survivalProbability(share(overlap));
    double lower = law().get().cumulativeProbability(share(overlap));
    return OptionalDouble.of(Math.min(1, 2 * Math.min(upper, lower)));
  }

  private double share(double overlap) {
    return Math.max(0, Math.min(1, overlap / best));
  }

  /** Of the overlap over the best. */
  private Optional<BetaDistribution> law() {
    double share = mean / best;
    double room = share * (1 - share) * best * best / variance - 1;
    return !(room > 0) || Double.isInfinite(room) || !(share < 1)
        ? Optional.empty()
        : Optional.of(BetaDistribution.of(share * room, (1 - share) * room));
  }

  /**
   * (overlap - mean) / (best - mean): 0 at chance, 1 at best. Empty if every rotation gives the
   * same overlap.
   */
  public OptionalDouble standing(double overlap) {
    return variance > 0 && best > mean
        ? OptionalDouble.of((overlap - mean) / (best - mean))
        : OptionalDouble.empty();
  }
}

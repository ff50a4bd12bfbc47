package dev.collapsar.stats;

import dev.collapsar.linalg.Matrix;
import java.util.Arrays;

/**
 * How the samples of each true class were decided by the classifier and by the nearest class mean.
 * Immutable.
 */
public final class Decisions {
  // The rows of the tallies, which have a column a class.
  static final int SAMPLES = 0;
  static final int AGREEMENTS = 1;
  static final int LINEAR_HITS = 2;
  static final int NEAREST_MEAN_HITS = 3;
  static final int LINEAR_CHOICES = 4;
  static final int NEAREST_MEAN_CHOICES = 5;
  static final int KINDS = 6;

  private final Basis basis;
  private final long[][] tallies; // (KINDS,K)

  /**
   * What is decided by.
   *
   * @param moments whose class means are the nearest or not
   * @param weights W (K,D)
   * @param bias b (K), or null for none
   */
  record Basis(ClassMoments moments, Matrix weights, double[] bias) {
    Basis {
      int classes = moments.classes();
      int width = moments.width();
      if (weights.rows() != classes || weights.columns() != width) {
        throw new IllegalArgumentException(
            "%s classes of width %s need weights of that shape, got %s"
                .formatted(classes, width, weights));
      }
      bias = bias == null ? new double[classes] : bias.clone();
    }

    private boolean isThatOf(Basis other) {
      return this == other
          || weights.equals(other.weights)
              && Arrays.equals(bias, other.bias)
              && moments.fingerprint().equals(other.moments.fingerprint());
    }
  }

  private Decisions(Basis basis, long[][] tallies) {
    this.basis = basis;
    this.tallies = tallies;
  }

  /** A copy of these counts, as an accumulator keeps them. */
  static Decisions of(Basis basis, long[][] tallies) {
    return new Decisions(basis, Arrays.stream(tallies).map(long[]::clone).toArray(long[][]::new));
  }

  /** As they are kept: a row for each kind of count, a column for each class. */
  long tally(int kind, int k) {
    return tallies[kind][k];
  }

  /**
   * Adds these counts to those of an accumulator.
   *
   * @throws IllegalArgumentException if it decides by something else
   */
  void addTo(long[][] others, Basis theirs) {
    if (!basis.isThatOf(theirs)) {
      throw new IllegalArgumentException(
          "the part was decided by other class means, weights or bias than this accumulator's");
    }
    for (int what = 0; what < tallies.length; what++) {
      for (int k = 0; k < tallies[what].length; k++) {
        others[what][k] += tallies[what][k];
      }
    }
  }

  /** Samples of class k. */
  public long samples(int k) {
    return tallies[SAMPLES][k];
  }

  /** Samples of class k for which both decisions are the same, right or wrong. */
  public long agreements(int k) {
    return tallies[AGREEMENTS][k];
  }

  /** How many samples the classifier gives to each class (K). */
  public long[] linearChoices() {
    return tallies[LINEAR_CHOICES].clone();
  }

  /** How many samples have the mean of each class nearest (K). */
  public long[] nearestMeanChoices() {
    return tallies[NEAREST_MEAN_CHOICES].clone();
  }

  /** Samples of class k that the classifier gives class k. */
  public long linearHits(int k) {
    return tallies[LINEAR_HITS][k];
  }

  /** Samples of class k to which the mean of class k is the nearest. */
  public long nearestMeanHits(int k) {
    return tallies[NEAREST_MEAN_HITS][k];
  }
}

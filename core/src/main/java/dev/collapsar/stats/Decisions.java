package dev.collapsar.stats;

import java.util.Arrays;
import java.util.Optional;

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

  private final DecisionRule rule;
  private final long[][] tallies;

  private Decisions(DecisionRule rule, long[][] tallies) {
    this.rule = rule;
    this.tallies = tallies;
  }

  /** A copy of these counts, as an accumulator keeps them. */
  static Decisions of(DecisionRule rule, long[][] tallies) {
    return new Decisions(rule, Arrays.stream(tallies).map(long[]::clone).toArray(long[][]::new));
  }

  /** Counts by class that were merged elsewhere; they cannot be merged any more. */
  public static Decisions of(
      long[] samples, long[] agreements, long[] linearHits, long[] nearestMeanHits) {
    return of(null, new long[][] {samples, agreements, linearHits, nearestMeanHits});
  }

  DecisionRule rule() {
    return rule;
  }

  void addTo(long[][] others) {
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

  /** How many samples the classifier gives to each class (K); empty if that was not counted. */
  public Optional<long[]> linearChoices() {
    return choices(LINEAR_CHOICES);
  }

  /** How many samples have the mean of each class nearest (K); empty if that was not counted. */
  public Optional<long[]> nearestMeanChoices() {
    return choices(NEAREST_MEAN_CHOICES);
  }

  private Optional<long[]> choices(int kind) {
    return tallies.length > kind ? Optional.of(tallies[kind].clone()) : Optional.empty();
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

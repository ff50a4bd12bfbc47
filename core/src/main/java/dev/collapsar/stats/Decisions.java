package dev.collapsar.stats;

/**
 * How the samples of each true class were decided by the classifier and by the nearest class mean.
 * Immutable.
 */
public final class Decisions {
  private final DecisionRule rule;
  private final long[][] tallies;

  Decisions(DecisionRule rule, long[][] tallies) {
    this.rule = rule;
    this.tallies = tallies;
  }

  DecisionRule rule() {
    return rule;
  }

  long tally(int what, int k) {
    return tallies[what][k];
  }

  /** Samples of class k. */
  public long samples(int k) {
    return tallies[DecisionAccumulator.SAMPLES][k];
  }

  /** Samples of class k for which both decisions are the same, right or wrong. */
  public long agreements(int k) {
    return tallies[DecisionAccumulator.AGREEMENTS][k];
  }

  /** Samples of class k that the classifier gives class k. */
  public long linearHits(int k) {
    return tallies[DecisionAccumulator.LINEAR_HITS][k];
  }

  /** Samples of class k to which the mean of class k is the nearest. */
  public long nearestMeanHits(int k) {
    return tallies[DecisionAccumulator.NEAREST_MEAN_HITS][k];
  }
}

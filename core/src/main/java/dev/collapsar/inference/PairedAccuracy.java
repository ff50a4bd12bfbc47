package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/**
 * Two classifiers on the same test set. What both have right or both wrong tells them not apart.
 *
 * @param samples N, at least 1
 * @param onlyFirst b, how many samples the first alone classifies right
 * @param onlySecond c, how many the second alone does; b + c at most N
 */
public record PairedAccuracy(long samples, long onlyFirst, long onlySecond) {
  public PairedAccuracy {
    if (samples < 1 || onlyFirst < 0 || onlySecond < 0 || onlyFirst + onlySecond > samples) {
      throw new InvalidInputException(
          "samples that only one has right must be at most all %s, got %s and %s"
              .formatted(samples, onlyFirst, onlySecond));
    }
  }

  /**
   * Counts per-sample correctness.
   *
   * @throws InvalidInputException if the two are not of the same number of samples
   */
  public static PairedAccuracy of(boolean[] first, boolean[] second) {
    if (first.length != second.length) {
      throw new InvalidInputException(
          "paired samples must be as many on both sides, got %s and %s"
              .formatted(first.length, second.length));
    }
    long onlyFirst = 0;
    long onlySecond = 0;
    for (int i = 0; i < first.length; i++) {
      onlyFirst += first[i] && !second[i] ? 1 : 0;
      onlySecond += second[i] && !first[i] ? 1 : 0;
    }
    return new PairedAccuracy(first.length, onlyFirst, onlySecond);
  }

  /** The first's accuracy less the second's, (b - c) / N, in [-1, 1]. */
  public double difference() {
    return (double) (onlyFirst - onlySecond) / samples;
  }

  /**
   * McNemar's exact two-sided p: min(1, 2 {@code P(X <= min(b, c))}) for X binomial (b + c, 1/2); 1
   * if b = c = 0. Never too small, and often larger than it need be.
   */
  public double exactP() {
    return discordant() == 0 ? 1 : Math.min(1, 2 * sign().cumulativeProbability(rarer()));
  }

  /**
   * McNemar's two-sided mid-p: 2 {@code P(X <= min(b, c))} - P(X = min(b, c)) for X binomial (b +
   * c, 1/2), 1 - P(X = b)/2 if b = c, 1 if both are 0. Its size is near the nominal one, and its
   * power higher than the exact test's. Fagerland, Lydersen, Laake 2013.
   */
  public double midP() {
    if (discordant() == 0) {
      return 1;
    }
    double here = sign().probability(rarer());
    return onlyFirst == onlySecond
        ? 1 - here / 2
        : 2 * sign().cumulativeProbability(rarer()) - here;
  }

  /**
   * The 95% interval of the difference of Bonett and Price 2012, in [-1, 1]: with p1 = (b+1)/(N+2)
   * and p2 = (c+1)/(N+2), p1 - p2 -+ z sqrt((p1 + p2 - (p1 - p2)^2) / (N + 2)).
   */
  public Interval interval() {
    double first = (onlyFirst + 1.0) / (samples + 2);
    double second = (onlySecond + 1.0) / (samples + 2);
    double middle = first - second;
    double half =
        Accuracy.normalQuantile(Interval.USUAL_LEVEL)
            * Math.sqrt((first + second - middle * middle) / (samples + 2));
    return new Interval(
        Math.max(-1, middle - half), Math.min(1, middle + half), Interval.USUAL_LEVEL);
  }

  private int discordant() {
    return Math.toIntExact(onlyFirst + onlySecond);
  }

  private int rarer() {
    return (int) Math.min(onlyFirst, onlySecond);
  }

  private BinomialDistribution sign() {
    return BinomialDistribution.of(discordant(), 0.5);
  }
}

package dev.collapsar.stats;

/**
 * Mean and spread of a kernel over pairs.
 *
 * @param count how many pairs
 * @param mean their mean, 0 of none
 * @param squaredDeviations the sum of squared differences from the mean
 */
public record PairStatistics(long count, double mean, double squaredDeviations) {
  public static final PairStatistics EMPTY = new PairStatistics(0, 0, 0);

  /** The summary of both, by Chan's rule. */
  public PairStatistics merged(PairStatistics other) {
    if (count == 0 || other.count == 0) {
      return count == 0 ? other : this;
    }
    long total = count + other.count;
    double delta = other.mean - mean;
    double weight = (double) other.count / total;
    return new PairStatistics(
        total,
        mean + delta * weight,
        squaredDeviations + other.squaredDeviations + delta * delta * count * weight);
  }

  /** Divisor count. */
  public double populationVariance() {
    if (count == 0) {
      throw new IllegalStateException("the variance of no pairs");
    }
    return squaredDeviations / count;
  }

  /** Divisor count - 1. */
  public double sampleVariance() {
    if (count < 2) {
      throw new IllegalStateException("the sample variance of " + count + " values");
    }
    return squaredDeviations / (count - 1);
  }

  /** The summary of these values. */
  public static PairStatistics of(double[] values, int from, int to) {
    if (from == to) {
      return EMPTY;
    }
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    double mean = sum / (to - from);
    double squares = 0;
    double rest = 0;
    for (int i = from; i < to; i++) {
      double d = values[i] - mean;
      squares += d * d;
      rest += d;
    }
    return new PairStatistics(
        to - from, mean + rest / (to - from), squares - rest * rest / (to - from));
  }
}

package dev.collapsar.calibration;

import java.util.Arrays;

/**
 * Values of a statistic when the thing under test was replaced by chance.
 *
 * @param kind what was replaced, in words: {@code random subspaces}
 * @param draws the values, at least 2, all finite; kept sorted ascending
 */
public record NullSample(String kind, double[] draws) {
  public NullSample {
    if (draws.length < 2) {
      throw new IllegalArgumentException(
          "a null needs at least 2 draws to have a spread, got " + draws.length);
    }
    draws = draws.clone();
    Arrays.sort(draws);
    for (double draw : draws) {
      if (!Double.isFinite(draw)) {
        throw new IllegalArgumentException(kind + ": a draw is " + draw);
      }
    }
  }

  /** The values, ascending; a copy. */
  @Override
  public double[] draws() {
    return draws.clone();
  }

  public int count() {
    return draws.length;
  }

  /** The mean of the draws. */
  public double mean() {
    return Arrays.stream(draws).average().orElseThrow();
  }

  /** The standard deviation of the draws, with divisor m - 1. */
  public double sampleStd() {
    double mean = mean();
    double squares = Arrays.stream(draws).map(d -> (d - mean) * (d - mean)).sum();
    return Math.sqrt(squares / (draws.length - 1));
  }

  /** How many draws are at least this value. */
  public int atLeast(double value) {
    return (int) Arrays.stream(draws).filter(d -> d >= value).count();
  }

  /** How many draws are at most this value. */
  public int atMost(double value) {
    return (int) Arrays.stream(draws).filter(d -> d <= value).count();
  }

  /** The smallest and the largest draw. */
  public double[] range() {
    return new double[] {draws[0], draws[draws.length - 1]};
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NullSample that
        && kind.equals(that.kind)
        && Arrays.equals(draws, that.draws);
  }

  @Override
  public int hashCode() {
    return 31 * kind.hashCode() + Arrays.hashCode(draws);
  }

  @Override
  public String toString() {
    return "%s: %s draws in [%s, %s]".formatted(kind, draws.length, range()[0], range()[1]);
  }
}

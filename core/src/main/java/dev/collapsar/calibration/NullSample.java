package dev.collapsar.calibration;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * Values of a statistic when the thing under test was replaced by chance.
 *
 * @param kind what was replaced, in words: {@code random subspaces}
 * @param draws the values, at least 2, all finite; kept sorted ascending
 */
public record NullSample(String kind, double[] draws) {
  private static final int SAFE_EXPONENT = 400;

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
    int scale = scale();
    return Math.scalb(scaled(-scale).average().orElseThrow(), scale);
  }

  /** The standard deviation of the draws, with divisor m - 1. */
  public double sampleStd() {
    int scale = scale();
    double mean = scaled(-scale).average().orElseThrow();
    double squares = scaled(-scale).map(d -> (d - mean) * (d - mean)).sum();
    return Math.scalb(Math.sqrt(squares / (draws.length - 1)), scale);
  }

  private DoubleStream scaled(int powerOfTwo) {
    return powerOfTwo == 0
        ? Arrays.stream(draws)
        : Arrays.stream(draws).map(draw -> Math.scalb(draw, powerOfTwo));
  }

  /**
   * The power of two to compute without where squares or sums would leave the range of numbers, as
   * those of Riesz energies in hundreds of dimensions do; 0 elsewhere.
   */
  private int scale() {
    double largest = Math.max(Math.abs(draws[0]), Math.abs(draws[draws.length - 1]));
    int exponent = Math.getExponent(largest);
    return largest == 0 || Math.abs(exponent) < SAFE_EXPONENT ? 0 : exponent;
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

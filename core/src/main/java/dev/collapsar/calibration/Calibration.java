package dev.collapsar.calibration;

/**
 * An observed statistic beside what chance gives.
 *
 * @param observed finite
 */
public record Calibration(double observed, NullSample chance) {
  public Calibration {
    if (!Double.isFinite(observed)) {
      throw new IllegalArgumentException(
          "an observed value must be finite to be calibrated, got " + observed);
    }
  }

  /**
   * The empirical two-sided p: min(1, 2 min(upper, lower)), each (1 + the number of draws at least
   * as extreme) / (1 + m), in [2/(1+m), 1]. Never 0: the observed value counts as a draw of its own
   * (Phipson and Smyth 2010). 1 if all draws agree.
   */
  public double p() {
    if (!hasSpread()) {
      return 1;
    }
    double upper = (1.0 + chance.atLeast(observed)) / (1 + chance.count());
    double lower = (1.0 + chance.atMost(observed)) / (1 + chance.count());
    return Math.min(1, 2 * Math.min(upper, lower));
  }

  /** The smallest p that so many draws can give, 2/(m+1), at most 1. */
  public double leastP() {
    return Math.min(1, 2.0 / (1 + chance.count()));
  }

  /** Whether more draws are above the observed value than below it. */
  public boolean isLow() {
    return chance.atMost(observed) < chance.atLeast(observed);
  }

  /** Whether the draws differ at all; if not, there is no z. */
  public boolean hasSpread() {
    return chance.sampleStd() > 0;
  }

  /**
   * (observed - mean) / sample deviation of the draws.
   *
   * @throws IllegalStateException if all draws are equal
   */
  public double z() {
    if (!hasSpread()) {
      throw new IllegalStateException(
          "all %s draws are %s: no z".formatted(chance.count(), chance.mean()));
    }
    return (observed - chance.mean()) / chance.sampleStd();
  }
}

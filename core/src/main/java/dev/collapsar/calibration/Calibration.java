package dev.collapsar.calibration;

/**
 * An observed statistic beside what chance gives.
 *
 * @param observed finite
 * @param tail which values count as at least as extreme
 */
public record Calibration(double observed, NullSample chance, Tail tail) {
  /** Which values of the null are at least as extreme as the observed one. */
  public enum Tail {
    /** Those that are at least as large. */
    UPPER,
    /** Those that are at most as large. */
    LOWER,
    /** Twice the rarer of the two, at most 1. */
    BOTH
  }

  public Calibration {
    if (!Double.isFinite(observed)) {
      throw new IllegalArgumentException(
          "an observed value must be finite to be calibrated, got " + observed);
    }
  }

  /** Tests for a value that is larger than chance gives. */
  public static Calibration upper(double observed, NullSample chance) {
    return new Calibration(observed, chance, Tail.UPPER);
  }

  /**
   * The empirical p: (1 + the number of draws at least as extreme) / (1 + m), in [1/(1+m), 1].
   * Never 0: the observed value counts as a draw of its own (Phipson and Smyth 2010). With both
   * tails twice the smaller one-sided p, at most 1.
   */
  public double p() {
    double upper = (1.0 + chance.atLeast(observed)) / (1 + chance.count());
    double lower = (1.0 + chance.atMost(observed)) / (1 + chance.count());
    return switch (tail) {
      case UPPER -> upper;
      case LOWER -> lower;
      case BOTH -> Math.min(1, 2 * Math.min(upper, lower));
    };
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

package dev.collapsar.calibration;

import dev.collapsar.metric.Metrics;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * An observed number beside what chance gives, for either direction.
 *
 * @param observed finite
 * @param chance the draws
 * @param spread what the standard score is taken of
 * @param unit how large a value is whose rounding counts: draws agree if they differ by less than
 *     1e-12 of this or of the largest draw. 1 for numbers without a scale, 0 where only the draws
 *     say how large they are
 */
public record ChanceLevel(double observed, NullSample chance, Spread spread, double unit) {
  /** Values so near each other, relatively, are one value up to rounding. */
  private static final double TIE = 1e-10;

  private static final double DEGENERATE = 1e-12;

  /** What the standard score is taken of. */
  public enum Spread {
    /**
     * The logarithm, for ratios of spreads such as {@code nc1_quot}: their raw score saturates and
     * calls the least collapsed features the most extreme.
     */
    LOGARITHMIC,
    /** The value itself. */
    RAW
  }

  public ChanceLevel {
    Objects.requireNonNull(chance);
    Objects.requireNonNull(spread);
    if (!Double.isFinite(observed)) {
      throw new IllegalArgumentException(
          "an observed value must be finite to be compared with chance, got " + observed);
    }
  }

  /** Of a number without a scale. */
  public ChanceLevel(double observed, NullSample chance, Spread spread) {
    this(observed, chance, spread, 1);
  }

  /** The spread that a metric of this id is read by: logarithmic for {@code nc1_*}. */
  public static ChanceLevel of(String id, double observed, NullSample chance, double unit) {
    return new ChanceLevel(
        observed, chance, Metrics.isWithinClass(id) ? Spread.LOGARITHMIC : Spread.RAW, unit);
  }

  /** Of a number without a scale, by its id. */
  public static ChanceLevel of(String id, double observed, NullSample chance) {
    return of(id, observed, chance, 1);
  }

  /** Whether all draws agree up to rounding: std at most 1e-12 max(unit, |draws|). */
  public boolean isConstant() {
    return chance.sampleStd() <= DEGENERATE * Math.max(unit, largest());
  }

  private double largest() {
    double[] range = chance.range();
    return Math.max(Math.abs(range[0]), Math.abs(range[1]));
  }

  /** Whether all draws are 0 but for rounding. */
  private boolean isZero() {
    return isConstant() && largest() <= DEGENERATE * unit;
  }

  /** The mean of the draws. */
  public double mean() {
    return chance.mean();
  }

  /** Their standard deviation, divisor m-1; 0 if they agree up to rounding. */
  public double std() {
    return isConstant() ? 0 : chance.sampleStd();
  }

  /** Their median. */
  public double median() {
    return quantile(0.5);
  }

  /**
   * The value below which this share of the draws lies, linear between neighbours: the (m-1) share
   * + 1st smallest.
   *
   * @param share in [0, 1]; .025 and .975 are printed
   */
  public double quantile(double share) {
    double[] draws = chance.draws();
    double at = share * (draws.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(below + 1, draws.length - 1);
    return draws[below] + (at - below) * (draws[above] - draws[below]);
  }

  /**
   * observed / median, monotone in the observed number; empty if the median is 0, or chance lies on
   * both sides of 0, or all draws agree on 0 but for rounding, or no number is as large.
   */
  public OptionalDouble ratioToMedian() {
    double median = median();
    boolean astride = quantile(0.025) < 0 && quantile(0.975) > 0;
    return median == 0 || astride || isZero() || Double.isInfinite(observed / median)
        ? OptionalDouble.empty()
        : OptionalDouble.of(observed / median);
  }

  /** Why there is no {@link #ratioToMedian()}. */
  public String noRatio() {
    return isConstant()
        ? noZ()
        : median() == 0
            ? "the median of the draws is 0"
            : quantile(0.025) < 0 && quantile(0.975) > 0
                ? "the null lies around 0"
                : "it is larger than any number";
  }

  /**
   * (observed - mean) / std, both of the logarithms where the spread says so; empty if all draws
   * agree, or where a value has no logarithm. Never to be turned into a p.
   */
  public OptionalDouble z() {
    if (isConstant() || spread == Spread.LOGARITHMIC && !hasLogarithms()) {
      return OptionalDouble.empty();
    }
    if (spread == Spread.RAW) {
      return OptionalDouble.of((observed - mean()) / chance.sampleStd());
    }
    NullSample logarithms =
        new NullSample(chance.kind(), Arrays.stream(chance.draws()).map(Math::log).toArray());
    double std = logarithms.sampleStd();
    return std == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((Math.log(observed) - logarithms.mean()) / std);
  }

  /** Why there is no {@link #z()}. */
  public String noZ() {
    return isConstant()
        ? mean() != 0 && isZero()
            ? "all %s draws are 0 up to rounding".formatted(chance.count())
            : "all %s draws are %s".formatted(chance.count(), mean())
        : "z is of the logarithm, and a value of 0 or less has none";
  }

  private boolean hasLogarithms() {
    return observed > 0 && chance.range()[0] > 0;
  }

  /**
   * Two-sided p: min(1, 2 min(upper, lower)), each (1 + #)/(1 + m), where draws within 1e-10 of the
   * observed value, relatively, count on both sides. 1 if all draws agree.
   */
  public double p() {
    if (isConstant()) {
      return 1;
    }
    int atLeast = 0;
    int atMost = 0;
    for (double draw : chance.draws()) {
      boolean tie = Math.abs(draw - observed) <= TIE * Math.max(Math.abs(draw), Math.abs(observed));
      atLeast += tie || draw > observed ? 1 : 0;
      atMost += tie || draw < observed ? 1 : 0;
    }
    return Math.min(1, 2 * (1.0 + Math.min(atLeast, atMost)) / (1 + chance.count()));
  }

  /** The smallest p that so many draws can give, 2/(m+1), at most 1. */
  public double leastP() {
    return Math.min(1, 2.0 / (1 + chance.count()));
  }
}

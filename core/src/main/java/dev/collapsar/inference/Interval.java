package dev.collapsar.inference;

/**
 * An interval of values that are compatible with what was seen.
 *
 * @param low at most high; may be infinite
 * @param level how often such intervals hold the true value, in (0, 1)
 */
public record Interval(double low, double high, double level) {
  /** The level of every interval that is printed. */
  public static final double USUAL_LEVEL = 0.95;

  public Interval {
    if (!(low <= high) || !(level > 0 && level < 1)) {
      throw new IllegalArgumentException(
          "an interval needs low <= high and a level in (0, 1), got %s to %s at %s"
              .formatted(low, high, level));
    }
  }

  public boolean contains(double value) {
    return low <= value && value <= high;
  }

  /**
   * The interval of the difference other - value of two independent estimates, of their own
   * intervals by square and add: with d the difference, d - sqrt((other - low_other)^2 + (high -
   * value)^2) to d + sqrt((high_other - other)^2 + (value - low)^2). Of Wilson's intervals it is
   * Newcombe's of 1998 (method 10), of others that of Zou and Donner 2008. Estimates of the same
   * samples vary together, so that it is too wide for them rather than too narrow.
   *
   * @param value within this interval
   * @param other within the interval around it
   */
  public Interval difference(double value, double other, Interval around) {
    double apart = other - value;
    return new Interval(
        apart - Math.hypot(other - around.low, high - value),
        apart + Math.hypot(around.high - other, value - low),
        level);
  }
}

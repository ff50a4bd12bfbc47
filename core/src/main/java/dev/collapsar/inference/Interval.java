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
}

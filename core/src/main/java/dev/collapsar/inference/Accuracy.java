package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * How many of a test set's samples are classified right.
 *
 * @param samples N, at least 1
 * @param right in 0..N
 */
public record Accuracy(long samples, long right) {
  public Accuracy {
    if (samples < 1 || right < 0 || right > samples) {
      throw new InvalidInputException(
          "right must be in 0..samples and samples 1 or more, got %s of %s"
              .formatted(right, samples));
    }
  }

  /** right / N, in [0, 1]. */
  public double share() {
    return (double) right / samples;
  }

  /**
   * Wilson's 95% interval of the share, in [0, 1], never of width 0: with z the normal quantile, (p
   * + z^2/2N -+ z sqrt(p(1-p)/N + z^2/4N^2)) / (1 + z^2/N). Wilson 1927.
   */
  public Interval interval() {
    double z = normalQuantile(Interval.USUAL_LEVEL);
    double share = share();
    double square = z * z / samples;
    double centre = (share + square / 2) / (1 + square);
    double half = z / (1 + square) * Math.sqrt((share * (1 - share) + square / 4) / samples);
    return new Interval(
        right == 0 ? 0 : centre - half, right == samples ? 1 : centre + half, Interval.USUAL_LEVEL);
  }

  /** The number that a standard normal value exceeds in size with probability 1 - level. */
  static double normalQuantile(double level) {
    return NormalDistribution.of(0, 1).inverseSurvivalProbability((1 - level) / 2);
  }
}

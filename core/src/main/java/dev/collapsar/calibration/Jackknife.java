package dev.collapsar.calibration;

import dev.collapsar.inference.Interval;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The delete-a-group jackknife: a number, and the same without each of G groups of the samples.
 *
 * @param value of all samples
 * @param replicates (G), two or more, all finite
 */
record Jackknife(double value, double[] replicates) {
  /** Of the logarithms, if all are positive. */
  Optional<Jackknife> logarithmic() {
    return value > 0 && Arrays.stream(replicates).allMatch(r -> r > 0)
        ? Optional.of(
            new Jackknife(Math.log(value), Arrays.stream(replicates).map(Math::log).toArray()))
        : Optional.empty();
  }

  private double mean() {
    return Arrays.stream(replicates).average().orElseThrow();
  }

  /** (G-1)/G sum (theta(-g) - mean)^2. */
  double variance() {
    double mean = mean();
    double squares = Arrays.stream(replicates).map(r -> (r - mean) * (r - mean)).sum();
    return squares * (replicates.length - 1) / replicates.length;
  }

  double standardError() {
    return Math.sqrt(variance());
  }

  /** (G-1) (mean theta(-g) - theta). */
  double bias() {
    return (replicates.length - 1) * (mean() - value);
  }

  /** theta -+ t_(G-1, .975) se. */
  Interval interval() {
    double t =
        TDistribution.of(replicates.length - 1.0)
            .inverseSurvivalProbability((1 - Interval.USUAL_LEVEL) / 2);
    double half = t * standardError();
    return new Interval(value - half, value + half, Interval.USUAL_LEVEL);
  }

  /** On the logarithmic scale and back, where all values are positive; else on their own. */
  Interval intervalOfPositive() {
    return logarithmic()
        .map(Jackknife::interval)
        .map(i -> new Interval(Math.exp(i.low()), Math.exp(i.high()), i.level()))
        .orElseGet(this::interval);
  }
}

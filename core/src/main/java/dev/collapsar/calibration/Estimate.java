package dev.collapsar.calibration;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A number corrected for sampling noise, with its interval.
 *
 * @param id such as {@code nc1_quot_corrected}
 * @param value empty if it is undefined
 * @param interval around the value; empty if it is withheld
 * @param reason why the value or the interval is missing; empty if both are there
 */
public record Estimate(
    String id, OptionalDouble value, Optional<Interval> interval, String reason) {
  static Estimate undefined(String id, String reason) {
    return new Estimate(id, OptionalDouble.empty(), Optional.empty(), reason);
  }

  static Estimate of(String id, double value, Interval interval) {
    return new Estimate(id, OptionalDouble.of(value), Optional.of(interval), "");
  }

  static Estimate withheld(String id, double value, String reason) {
    return new Estimate(id, OptionalDouble.of(value), Optional.empty(), reason);
  }
}

package dev.collapsar.calibration;

import dev.collapsar.inference.Interval;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.metric.Metrics;
import java.util.List;
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
  /** What ids of corrected numbers end in. */
  static final String END = "_corrected";

  private static final String INTERVAL = "An end of the 95% interval around the corrected number.";

  static final MetricInfo SHARE =
      MetricInfo.of(
              CorrectedNumbers.NOISE_SHARE,
              "Sampling noise",
              Group.WITHIN,
              "Share of the scatter between class means that is sampling noise; 1 where labels say"
                  + " nothing.")
          .on(Axis.SHARE)
          .defined("tr(L diag(v'/n) L) / tr(Mc Mc^T), L = I - 11^T/K", "[0, inf)")
          .undefinedWhere("a class has one sample; the class means coincide");

  /**
   * As files have it: the number and, unless it is {@code sampling_noise_share}, {@code <id>_low}
   * and {@code <id>_high}.
   */
  public List<Measurement> columns() {
    if (id.equals(CorrectedNumbers.NOISE_SHARE)) {
      return List.of(column(SHARE, value, reason));
    }
    MetricInfo of = Metrics.named(of()).info();
    return List.of(
        column(
            of.beside(
                END, "corrected", "The same less the noise of the samples.", Column.CORRECTED),
            value,
            reason),
        column(
            of.beside(END + "_low", "corrected, 95% from", INTERVAL, Column.CORRECTED_LOW),
            interval.isPresent() ? OptionalDouble.of(interval.get().low()) : OptionalDouble.empty(),
            reason),
        column(
            of.beside(END + "_high", "corrected, 95% to", INTERVAL, Column.CORRECTED_HIGH),
            interval.isPresent()
                ? OptionalDouble.of(interval.get().high())
                : OptionalDouble.empty(),
            reason));
  }

  /** The id of the number that it corrects; its own if it corrects none. */
  public String of() {
    return id.endsWith(END) ? id.substring(0, id.length() - END.length()) : id;
  }

  private static Measurement column(MetricInfo info, OptionalDouble value, String reason) {
    return value.isPresent()
        ? Measurement.of(info, value.getAsDouble())
        : Measurement.undefined(info, reason);
  }

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

package dev.collapsar.metric;

import java.util.Objects;

/** A metric's value, or the reason why it has none. Never a stand-in number. */
public sealed interface Measurement {
  /** What was measured. */
  MetricInfo info();

  /** The metric's id as it stands in files, such as {@code nc1_pinv}. */
  default String id() {
    return info().id();
  }

  /**
   * A finite value; {@code note} (may be null) says what a reader should know, such as the
   * numerical rank that was used.
   */
  record Defined(MetricInfo info, double value, String note) implements Measurement {
    public Defined {
      Objects.requireNonNull(info);
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            info.id() + " must be finite to be defined, got " + value);
      }
    }
  }

  /** No value, and why. */
  record Undefined(MetricInfo info, String reason) implements Measurement {
    public Undefined {
      Objects.requireNonNull(info);
      Objects.requireNonNull(reason);
    }
  }

  static Measurement of(MetricInfo info, double value) {
    return new Defined(info, value, null);
  }

  static Measurement of(MetricInfo info, double value, String note) {
    return new Defined(info, value, note);
  }

  static Measurement undefined(MetricInfo info, String reason) {
    return new Undefined(info, reason);
  }

  /** Of a number that has a name and nothing else. */
  static Measurement of(String id, double value) {
    return of(MetricInfo.unknown(id), value);
  }

  /** Of a number that has a name and nothing else. */
  static Measurement of(String id, double value, String note) {
    return of(MetricInfo.unknown(id), value, note);
  }

  /** Of a number that has a name and nothing else. */
  static Measurement undefined(String id, String reason) {
    return undefined(MetricInfo.unknown(id), reason);
  }
}

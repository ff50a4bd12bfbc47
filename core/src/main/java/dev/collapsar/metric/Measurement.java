package dev.collapsar.metric;

import java.util.Objects;

/** A metric's value, or the reason why it has none. Never a stand-in number. */
public sealed interface Measurement {
  /** The metric's id as it stands in files, such as {@code nc1_pinv}. */
  String id();

  /**
   * A finite value; {@code note} (may be null) says what a reader should know, such as the
   * numerical rank that was used.
   */
  record Defined(String id, double value, String note) implements Measurement {
    public Defined {
      Objects.requireNonNull(id);
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(id + " must be finite to be defined, got " + value);
      }
    }
  }

  /** No value, and why. */
  record Undefined(String id, String reason) implements Measurement {
    public Undefined {
      Objects.requireNonNull(id);
      Objects.requireNonNull(reason);
    }
  }

  static Measurement of(String id, double value) {
    return new Defined(id, value, null);
  }

  static Measurement of(String id, double value, String note) {
    return new Defined(id, value, note);
  }

  static Measurement undefined(String id, String reason) {
    return new Undefined(id, reason);
  }
}

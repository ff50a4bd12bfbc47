package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.List;

/**
 * How far weights have moved: ||W - W_0||_F, and the same over ||W_0||_F. Comparisons of adapters
 * whose updates differ in size say little without it.
 *
 * @param norm ||W - W_0||_F
 * @param base ||W_0||_F
 */
public record Drift(double norm, double base) {
  /** {@code drift_norm}. */
  public static final MetricInfo NORM =
      MetricInfo.of("drift_norm", "Drift", Group.ALIGNMENT, "How far the weights have moved.")
          .defined("||W - W_0||_F", "[0, inf)");

  /** {@code drift_relative}. */
  public static final MetricInfo RELATIVE =
      MetricInfo.of(
              "drift_relative",
              "Relative drift",
              Group.ALIGNMENT,
              "How far the weights have moved, over their length before.")
          .defined("||W - W_0||_F / ||W_0||_F", "[0, inf)")
          .undefinedWhere("all weights were zero");

  /** From weights before and now, of one shape. */
  public static Drift of(Matrix before, Matrix now) {
    if (before.rows() != now.rows() || before.columns() != now.columns()) {
      throw new InvalidInputException(
          "weights must keep their shape, got %s and %s".formatted(before, now));
    }
    double square = 0;
    for (int i = 0; i < now.length(); i++) {
      double moved = now.at(i) - before.at(i);
      square += moved * moved;
    }
    return new Drift(Math.sqrt(square), before.norm());
  }

  /** Of several weights together. */
  public Drift and(Drift other) {
    return new Drift(Math.hypot(norm, other.norm), Math.hypot(base, other.base));
  }

  /** {@code drift_norm} and {@code drift_relative}. */
  public List<Measurement> measurements() {
    return List.of(
        Measurement.of(NORM, norm),
        base > 0
            ? Measurement.of(RELATIVE, norm / base)
            : Measurement.undefined(RELATIVE, "all weights were zero"));
  }
}

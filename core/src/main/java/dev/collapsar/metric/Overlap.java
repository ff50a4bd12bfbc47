package dev.collapsar.metric;

import dev.collapsar.calibration.Calibration.Tail;
import java.util.function.ToDoubleFunction;

/**
 * How r orthonormal directions v_j lie to K vectors m_k (centred class means), numbers that do not
 * depend on the directions' signs.
 *
 * @param cosAbs mean over j and k of |v_j . m_k| / ||m_k||, in [0, 1]
 * @param projection sum over k of ||V m_k||^2 / sum of ||m_k||^2: the share of the vectors that
 *     lies in the span of the directions, in [0, 1]
 * @param angleMax the largest of the min(r, rank) principal angles between the two spans, in
 *     radians, [0, pi/2]
 */
public record Overlap(double cosAbs, double projection, double angleMax) {
  /** Which number. */
  public enum Statistic {
    COS_ABS("cos_abs", Tail.UPPER, Overlap::cosAbs),
    PROJECTION("projection", Tail.UPPER, Overlap::projection),
    /** A small angle is the aligned one. */
    ANGLE_MAX("angle_max", Tail.LOWER, Overlap::angleMax);

    private final String id;
    private final Tail tail;
    private final ToDoubleFunction<Overlap> value;

    Statistic(String id, Tail tail, ToDoubleFunction<Overlap> value) {
      this.id = id;
      this.tail = tail;
      this.value = value;
    }

    /** The end of its metric's id. */
    public String id() {
      return id;
    }

    /** Which values are at least as aligned. */
    public Tail tail() {
      return tail;
    }

    public double of(Overlap overlap) {
      return value.applyAsDouble(overlap);
    }
  }
}

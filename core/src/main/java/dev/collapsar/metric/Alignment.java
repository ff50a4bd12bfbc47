package dev.collapsar.metric;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassDirections;
import dev.collapsar.stats.ClassDirections.Overlap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Directions of a weight update held against vectors, as a rule the centred class means: what the
 * alignment metrics are numbers of, and what is drawn by chance beside it.
 */
public final class Alignment {
  /** {@code align_cos_abs} = mean over j, k of |v_j . mc_k| / ||mc_k||, in [0, 1]. */
  public static final Metric<Alignment> COS_ABS =
      new OfOverlap(
          MetricInfo.of(
                  "align_cos_abs",
                  "Adapter along the means",
                  Group.ALIGNMENT,
                  "Mean |cosine| of the adapter's directions with the centred class means.")
              .rising("")
              .defined("mean over j, k of |v_j . mc_k| / ||mc_k||", "[0, 1]"),
          Overlap::cosAbs);

  /** {@code align_projection} = sum_k ||V mc_k||^2 / sum_k ||mc_k||^2, in [0, 1]. */
  public static final Metric<Alignment> PROJECTION =
      new OfOverlap(
          MetricInfo.of(
                  "align_projection",
                  "Means inside the adapter",
                  Group.ALIGNMENT,
                  "Share of the centred means that lies in the adapter's subspace; by chance"
                      + " rank/dimension.")
              .headlined(8, MetricInfo.Samples.NONE, "")
              .rising("")
              .defined("sum_k ||V mc_k||^2 / sum_k ||mc_k||^2", "[0, 1]"),
          Overlap::projection);

  /** {@code align_angle_max}: the largest principal angle, in [0, pi/2]; small is aligned. */
  public static final Metric<Alignment> ANGLE_MAX =
      new OfOverlap(
          MetricInfo.of(
                  "align_angle_max",
                  "Largest principal angle",
                  Group.ALIGNMENT,
                  "Largest principal angle of the adapter's subspace with the means' subspace.")
              .falling("")
              .defined(
                  "the largest of the min(r, K-1) principal angles of span(v) and span(mc), in"
                      + " radians",
                  "[0, pi/2]"),
          Overlap::angleMax);

  /** All of them. */
  public static final List<Metric<Alignment>> METRICS = List.of(COS_ABS, PROJECTION, ANGLE_MAX);

  private final ClassDirections vectors;
  private final Matrix directions; // V (r,D), or null
  private final Matrix seen; // V Q^T (r,q)
  private Overlap overlap;

  private record OfOverlap(MetricInfo info, ToDoubleFunction<Overlap> value)
      implements Metric<Alignment> {
    @Override
    public Set<Need<Alignment>> needs() {
      return Set.of();
    }

    @Override
    public Measurement of(Alignment alignment) {
      return Measurement.of(info, value.applyAsDouble(alignment.overlap()));
    }
  }

  private Alignment(ClassDirections vectors, Matrix directions, Matrix seen) {
    this.vectors = vectors;
    this.directions = directions;
    this.seen = seen;
  }

  /**
   * Of directions against vectors.
   *
   * @param directions V (r,D), orthonormal rows
   */
  public static Alignment of(ClassDirections vectors, Matrix directions) {
    return new Alignment(vectors, directions, vectors.coordinates(directions));
  }

  /**
   * Of directions of which only their coordinates in the vectors' span are known: all that the
   * numbers depend on.
   *
   * @param seen V Q^T (r,q), for the orthonormal basis Q (q,D) of the span
   */
  public static Alignment seen(ClassDirections vectors, Matrix seen) {
    return new Alignment(vectors, null, seen);
  }

  /** The i-th smallest principal angle, from 1 on: {@code align_angle_<i>}, in radians. */
  public static MetricInfo angle(int i) {
    return MetricInfo.of(
            "align_angle_" + i,
            "Principal angle " + i,
            Group.ALIGNMENT,
            "Angle between the update's subspace and the means', the smallest first, in radians.")
        .defined("the %s-th smallest principal angle".formatted(i), "[0, pi/2]");
  }

  /** The same directions against other vectors; empty if they are not known themselves. */
  public Optional<Alignment> against(ClassDirections others) {
    return Optional.ofNullable(directions).map(known -> of(others, known));
  }

  /** What the directions are held against. */
  public ClassDirections vectors() {
    return vectors;
  }

  /** r, how many directions there are. */
  public int count() {
    return seen.rows();
  }

  /** The numbers. */
  public Overlap overlap() {
    if (overlap == null) {
      overlap = directions == null ? vectors.ofCoordinates(seen) : vectors.overlap(directions);
    }
    return overlap;
  }
}

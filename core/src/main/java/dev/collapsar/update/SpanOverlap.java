package dev.collapsar.update;

import dev.collapsar.inference.OverlapChance;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Calibrated;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import dev.collapsar.stats.ClassDirections;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How much of an update's directions v_j (right singular vectors, values s_j, j = 1..r) lies in the
 * span of the centred class means (dimension q), and how much of the means in the directions: each
 * a number tr(A B) with A = sum a_j v_j v_j^T and B = sum b_i q_i q_i^T.
 *
 * <p>Each stands beside what a uniformly turned update gives, known in closed form, and the best
 * that r directions can reach. At collapse they are near their best whatever the labels: updates
 * lie in the span of the features, which is that of the means. {@link ClassCosine} sees which class
 * goes where.
 *
 * @param info which of the four numbers
 * @param value tr(A B)
 * @param chance of the update turned by a uniformly drawn rotation
 */
public record SpanOverlap(MetricInfo info, double value, OverlapChance chance) {
  /** {@code align_span} = (1/r) sum_j ||Q v_j||^2, Q an orthonormal basis of the means' span. */
  public static final MetricInfo SPAN =
      info(
          "align_span",
          "Update inside the means' span",
          "Share of the update's directions that lies in the span of the centred class means.",
          "(1/r) sum_j ||Q v_j||^2");

  /** {@code align_span_energy} = sum_j s_j^2 ||Q v_j||^2 / sum_j s_j^2. */
  public static final MetricInfo SPAN_ENERGY =
      info(
          "align_span_energy",
          "Update's energy inside the means' span",
          "Share of the update's squared length that lies in the span of the centred class means.",
          "sum_j s_j^2 ||Q v_j||^2 / sum_j s_j^2");

  /**
   * {@code align_projection_energy} = sum_j s_j^2 v_j^T S_B v_j / (sum_j s_j^2 tr S_B); {@link
   * Alignment#PROJECTION} is the same with equal weights that add up to r.
   */
  public static final MetricInfo PROJECTION_ENERGY =
      info(
          "align_projection_energy",
          "Update's energy along the means",
          "The update's squared length, direction by direction, along the class means' own.",
          "sum_j s_j^2 v_j^T S_B v_j / (sum_j s_j^2 tr S_B)");

  private static MetricInfo info(String id, String title, String meaning, String formula) {
    return MetricInfo.of(id, title, Group.ALIGNMENT, meaning)
        .on(Axis.LINEAR)
        .rising("")
        .defined(formula, "[0, 1]")
        .undefinedWhere("the update is zero; a class mean is the mean of all");
  }

  /**
   * The four numbers: {@code align_span}, {@code align_span_energy}, {@code align_projection},
   * {@code align_projection_energy}.
   *
   * @param update of one direction or more
   * @param means of the update's width, 2 or more
   */
  public static List<SpanOverlap> of(SingularVectors update, ClassDirections means) {
    Matrix seen = means.coordinates(update.right()); // (r,q)
    int r = update.rank();
    double[] equal = new double[r];
    Arrays.fill(equal, 1.0 / r);
    double[] ones = new double[r];
    Arrays.fill(ones, 1);
    double[] span = new double[means.rank()];
    Arrays.fill(span, 1);
    double[] energy = shares(Arrays.stream(update.values()).map(s -> s * s).toArray());
    double[] between = shares(means.energies());
    return List.of(
        of(SPAN, equal, seen, span, means.width()),
        of(SPAN_ENERGY, energy, seen, span, means.width()),
        of(Alignment.PROJECTION.info(), ones, seen, between, means.width()),
        of(PROJECTION_ENERGY, energy, seen, between, means.width()));
  }

  private static SpanOverlap of(MetricInfo info, double[] a, Matrix seen, double[] b, int width) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      for (int i = 0; i < b.length; i++) {
        sum += a[j] * b[i] * seen.get(j, i) * seen.get(j, i);
      }
    }
    return new SpanOverlap(info, sum, OverlapChance.of(a, b, width));
  }

  private static double[] shares(double[] values) {
    double sum = Arrays.stream(values).sum();
    return Arrays.stream(values).map(value -> value / sum).toArray();
  }

  /**
   * The same number of B (A - A_0), an update without what A's random start contributes: {@code
   * <id>_from_start}.
   */
  public SpanOverlap fromStart() {
    return new SpanOverlap(fromStart(info), value, chance);
  }

  /** What such a number is. */
  public static MetricInfo fromStart(MetricInfo info) {
    return info.renamed(info.id() + "_from_start", info.title() + ", less A's start");
  }

  /**
   * The number and beside it {@code <id>_null_closed_form}, {@code _null_std_analytic}, {@code
   * _best}, {@code _standing} = (value - chance) / (best - chance), and the two-sided {@code _p}.
   */
  public List<Measurement> measurements() {
    List<Measurement> found = new ArrayList<>();
    found.add(Measurement.of(info, value));
    found.add(
        Measurement.of(
            column("_null_closed_form", "chance", "Mean over rotations.", Column.CLOSED_FORM),
            chance.mean()));
    found.add(
        Measurement.of(
            column(
                "_null_std_analytic",
                "spread of chance",
                "Deviation over rotations.",
                Column.STD_ANALYTIC),
            Math.sqrt(Math.max(0, chance.variance()))));
    found.add(
        Measurement.of(
            info.renamed(info.id() + "_best", info.title() + ": best at this rank"),
            chance.best()));
    found.add(
        of(
            info.renamed(info.id() + "_standing", info.title() + ": between chance and best"),
            chance.standing(value)));
    found.add(
        of(
            column(
                "_p",
                "p",
                "How often a turned update is as far from chance, on both sides, by a Beta law.",
                Column.P),
            chance.p(value)));
    return List.copyOf(found);
  }

  private Measurement of(MetricInfo of, OptionalDouble found) {
    return found.isPresent()
        ? Measurement.of(of, found.getAsDouble())
        : Measurement.undefined(of, "every rotation gives " + chance.mean());
  }

  private MetricInfo column(String end, String what, String meaning, Column column) {
    return MetricInfo.of(info.id() + end, info.title() + ": " + what, info.group(), meaning)
        .on(column == Column.P ? Axis.LOG : Axis.LINEAR)
        .columnOf(new Calibrated(info.id(), "", column));
  }
}

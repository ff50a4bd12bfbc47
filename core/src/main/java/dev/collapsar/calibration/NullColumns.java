package dev.collapsar.calibration;

import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Calibrated;
import dev.collapsar.metric.MetricInfo.Column;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The columns that set a number against chance: {@code <id>_null_mean}, {@code _null_std}, {@code
 * _z} and {@code _p} against its first null, {@code <id>_<null>_null_mean} and so on against a
 * further one. This class alone makes their ids, what they are, and their values.
 */
public final class NullColumns {
  private final MetricInfo metric;
  private final String chance;
  private final String title;

  /**
   * What the columns say of their draws.
   *
   * @param draws beside mean, deviation and p
   * @param z beside z, or null
   * @param equal why there is no z if all draws are equal
   */
  public record Notes(String draws, String z, String equal) {
    /** {@code 1000 draws of random subspaces}. */
    public static Notes of(NullSample chance) {
      return new Notes(
          "%s draws of %s".formatted(chance.count(), chance.kind()),
          null,
          "all draws of the null are equal");
    }
  }

  private NullColumns(MetricInfo metric, String chance, String title) {
    this.metric = Objects.requireNonNull(metric);
    this.chance = chance;
    this.title = title;
  }

  /** Against the first null of a metric. */
  public static NullColumns of(MetricInfo metric) {
    return new NullColumns(metric, "", metric.title());
  }

  /**
   * Against a further null.
   *
   * @param chance its name in ids, such as {@code shuffled}
   * @param words its name in titles, such as {@code shuffled labels}
   */
  public static NullColumns of(MetricInfo metric, String chance, String words) {
    return new NullColumns(metric, chance, metric.title() + ", " + words);
  }

  /** What a column is. */
  public MetricInfo info(Column column) {
    return switch (column) {
      case MEAN -> info(column, "_null_mean", "chance", "Mean under the null.");
      case STD -> info(column, "_null_std", "spread of chance", "Deviation under the null.");
      case STD_ANALYTIC ->
          info(
              column,
              "_null_std_analytic",
              "spread of chance, computed",
              "Deviation under fresh matrices, to first order.");
      case MEDIAN -> info(column, "_null_median", "median of chance", "Median under the null.");
      case LOW -> info(column, "_null_low", "low chance", "2.5% of the null are below.");
      case HIGH -> info(column, "_null_high", "high chance", "2.5% of the null are above.");
      case RATIO ->
          info(column, "_null_ratio", "over chance", "Observed over the median of the null.");
      case CLOSED_FORM ->
          info(
              column,
              "_null_closed_form",
              "chance by a formula",
              "What permuted labels give, without a draw.");
      case Z -> info(column, "_z", "z", "Deviations of the null above its mean.");
      case P ->
          info(
              column,
              "_p",
              "p",
              "How often the null is at least as extreme, on both sides: twice (1 + #)/(1 +"
                  + " draws).");
      default -> throw new IllegalArgumentException(column + " is no column of a null");
    };
  }

  private MetricInfo info(Column column, String end, String what, String meaning) {
    Axis axis =
        switch (column) {
          case Z -> Axis.LINEAR;
          case P, RATIO -> Axis.LOG;
          default -> metric.axis();
        };
    return MetricInfo.of(
            metric.id() + (chance.isEmpty() ? "" : "_" + chance) + end,
            title + ": " + what,
            metric.group(),
            meaning)
        .on(axis)
        .columnOf(new Calibrated(metric.id(), chance, column));
  }

  /** The columns of an observed number beside its draws. */
  public List<Measurement> of(Measurement observed, NullSample sample) {
    return of(observed, sample, Notes.of(sample));
  }

  /**
   * The columns of an observed number beside its draws. Mean and deviation stand also beside one
   * that is undefined; z is undefined if all draws are equal.
   */
  public List<Measurement> of(Measurement observed, NullSample sample, Notes notes) {
    Measurement mean = Measurement.of(info(Column.MEAN), sample.mean(), notes.draws);
    Measurement std = Measurement.of(info(Column.STD), sample.sampleStd(), notes.draws);
    if (observed instanceof Measurement.Undefined undefined) {
      return List.of(
          mean,
          std,
          Measurement.undefined(info(Column.Z), undefined.reason()),
          Measurement.undefined(info(Column.P), undefined.reason()));
    }
    double value = ((Measurement.Defined) observed).value();
    Calibration calibration = new Calibration(value, sample);
    return List.of(
        mean,
        std,
        calibration.hasSpread()
            ? Measurement.of(info(Column.Z), calibration.z(), notes.z)
            : Measurement.undefined(info(Column.Z), notes.equal),
        Measurement.of(info(Column.P), calibration.p(), notes.draws));
  }

  /**
   * The columns of a number that may lie on either side of chance: mean, deviation, median, the 2.5
   * and 97.5% points, observed over median, z and the two-sided p. z is undefined if all draws
   * agree, or where it is of logarithms and a value has none.
   *
   * @param draws what is said of the draws
   */
  public List<Measurement> of(ChanceLevel level, String draws) {
    String least = String.format(Locale.ROOT, "%s; no p below %.3g", draws, level.leastP());
    String scale = level.spread() == ChanceLevel.Spread.LOGARITHMIC ? "of the logarithm" : null;
    return List.of(
        Measurement.of(info(Column.MEAN), level.mean(), draws),
        Measurement.of(info(Column.STD), level.std(), draws),
        Measurement.of(info(Column.MEDIAN), level.median(), draws),
        Measurement.of(info(Column.LOW), level.quantile(0.025), draws),
        Measurement.of(info(Column.HIGH), level.quantile(0.975), draws),
        level.ratioToMedian().isPresent()
            ? Measurement.of(info(Column.RATIO), level.ratioToMedian().getAsDouble())
            : Measurement.undefined(info(Column.RATIO), level.noRatio()),
        level.z().isPresent()
            ? Measurement.of(info(Column.Z), level.z().getAsDouble(), scale)
            : Measurement.undefined(info(Column.Z), level.noZ()),
        Measurement.of(info(Column.P), level.p(), least));
  }

  /** The same columns where nothing can be drawn, or nothing was observed. */
  public List<Measurement> unknown(String reason) {
    return List.of(
            Column.MEAN,
            Column.STD,
            Column.MEDIAN,
            Column.LOW,
            Column.HIGH,
            Column.RATIO,
            Column.Z,
            Column.P)
        .stream()
        .map(column -> Measurement.undefined(info(column), reason))
        .toList();
  }

  /** The columns where every draw is the same number: there is no z, and no p. */
  public List<Measurement> constant(double mean, String why) {
    return List.of(
        Measurement.of(info(Column.MEAN), mean, why),
        Measurement.of(info(Column.STD), 0, why),
        Measurement.undefined(info(Column.Z), why),
        Measurement.undefined(info(Column.P), why));
  }

  /** The columns where nothing can be drawn, or nothing was observed. */
  public List<Measurement> undefined(String reason) {
    return List.of(
        Measurement.undefined(info(Column.MEAN), reason),
        Measurement.undefined(info(Column.STD), reason),
        Measurement.undefined(info(Column.Z), reason),
        Measurement.undefined(info(Column.P), reason));
  }
}

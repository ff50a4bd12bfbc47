package dev.collapsar.report;

import dev.collapsar.inference.Interval;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.RunRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How sure the differences between two runs are, of numbers that have an interval in each: test
 * accuracies, numbers less the noise of their samples, changes.
 */
final class DifferenceIntervals {
  /** A number and the columns between which its interval lies. */
  private static final Map<Column, List<Column>> ENDS =
      Map.of(
          Column.CORRECTED, List.of(Column.CORRECTED_LOW, Column.CORRECTED_HIGH),
          Column.CHANGE, List.of(Column.CHANGE_LOW, Column.CHANGE_HIGH));

  private static final List<Column> OWN_ENDS = List.of(Column.INTERVAL_LOW, Column.INTERVAL_HIGH);

  private final Map<String, MetricInfo> infos = new HashMap<>();
  private final Map<List<String>, RecordDiff.Final> finals = new HashMap<>();

  DifferenceIntervals(RunRecord before, RunRecord after, List<RecordDiff.Final> numbers) {
    before.metrics().forEach(info -> infos.put(info.id(), info));
    after.metrics().forEach(info -> infos.putIfAbsent(info.id(), info));
    numbers.forEach(number -> finals.put(place(number, number.metric()), number));
  }

  /** Whether a metric says something of another number, and is none by itself. */
  static boolean isBeside(MetricInfo info) {
    return info.calibrated() != null && !ENDS.containsKey(info.calibrated().column());
  }

  private static List<String> place(RecordDiff.Final number, String metric) {
    return List.of(number.variant(), number.stage(), number.layer(), metric);
  }

  /** The 95% interval of after - before; empty if a run has no value or no interval of its own. */
  Optional<Interval> of(RecordDiff.Final number) {
    MetricInfo info = infos.getOrDefault(number.metric(), MetricInfo.unknown(number.metric()));
    boolean column = info.calibrated() != null;
    List<Column> ends =
        column ? ENDS.getOrDefault(info.calibrated().column(), List.of()) : OWN_ENDS;
    if (ends.isEmpty() || number.before() == null || number.after() == null) {
      return Optional.empty();
    }
    String of = column ? info.calibrated().metric() : number.metric();
    Optional<RecordDiff.Final> low = end(number, of, ends.get(0));
    Optional<RecordDiff.Final> high = end(number, of, ends.get(1));
    if (low.isEmpty() || high.isEmpty()) {
      return Optional.empty();
    }
    Optional<Interval> before = around(number.before(), low.get().before(), high.get().before());
    Optional<Interval> after = around(number.after(), low.get().after(), high.get().after());
    return before.flatMap(
        one -> after.map(other -> one.difference(number.before(), number.after(), other)));
  }

  private Optional<RecordDiff.Final> end(RecordDiff.Final number, String metric, Column column) {
    return infos.values().stream()
        .filter(info -> info.isOf(metric, column))
        .map(info -> finals.get(place(number, info.id())))
        .filter(found -> found != null)
        .findFirst();
  }

  /** Empty if it has no ends, or does not hold the value: then it is of something else. */
  private static Optional<Interval> around(double value, Double low, Double high) {
    return low == null || high == null || low > value || value > high
        ? Optional.empty()
        : Optional.of(new Interval(low, high, Interval.USUAL_LEVEL));
  }
}

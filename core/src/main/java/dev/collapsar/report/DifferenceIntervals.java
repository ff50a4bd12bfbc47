package dev.collapsar.report;

import dev.collapsar.inference.Interval;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.RunRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
  private final Map<Place, Double> before;
  private final Map<Place, Double> after;

  private record Place(String variant, String stage, String layer, String metric) {}

  DifferenceIntervals(RunRecord before, RunRecord after) {
    this.before = last(before);
    this.after = last(after);
  }

  private Map<Place, Double> last(RunRecord record) {
    record.metrics().forEach(info -> infos.putIfAbsent(info.id(), info));
    Map<Place, Double> last = new HashMap<>();
    record
        .measurements()
        .forEach(
            row ->
                last.put(
                    new Place(row.variant(), row.stage(), row.layer(), row.metric()), row.value()));
    return last;
  }

  /** Whether a metric says something of another number, and is none by itself. */
  static boolean isBeside(MetricInfo info) {
    return info.calibrated() != null && !ENDS.containsKey(info.calibrated().column());
  }

  /** The 95% interval of after - before; empty if a run has no value or no interval of its own. */
  Optional<Interval> of(String variant, String stage, String layer, String metric) {
    MetricInfo info = infos.getOrDefault(metric, MetricInfo.unknown(metric));
    boolean column = info.calibrated() != null;
    List<Column> ends =
        column ? ENDS.getOrDefault(info.calibrated().column(), List.of()) : OWN_ENDS;
    if (ends.isEmpty()) {
      return Optional.empty();
    }
    String of = column ? info.calibrated().metric() : metric;
    List<Place> places =
        Stream.of(Optional.of(metric), id(of, ends.get(0)), id(of, ends.get(1)))
            .flatMap(Optional::stream)
            .map(id -> new Place(variant, stage, layer, id))
            .toList();
    if (places.size() < 3) {
      return Optional.empty();
    }
    Optional<Interval> one = around(before, places);
    Optional<Interval> other = around(after, places);
    return one.isEmpty() || other.isEmpty()
        ? Optional.empty()
        : Optional.of(
            one.get().difference(before.get(places.get(0)), after.get(places.get(0)), other.get()));
  }

  private Optional<String> id(String metric, Column column) {
    return infos.values().stream()
        .filter(info -> info.isOf(metric, column))
        .map(MetricInfo::id)
        .findFirst();
  }

  /**
   * Empty if there is no value, or no interval that holds it: one that does not is of another
   * number.
   *
   * @param places of the value and of both ends
   */
  private static Optional<Interval> around(Map<Place, Double> values, List<Place> places) {
    Double value = values.get(places.get(0));
    Double low = values.get(places.get(1));
    Double high = values.get(places.get(2));
    return value == null || low == null || high == null || low > value || value > high
        ? Optional.empty()
        : Optional.of(new Interval(low, high, Interval.USUAL_LEVEL));
  }
}

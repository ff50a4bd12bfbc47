package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The columns beside the numbers of one subject, found once at its end: chance, noise, intervals.
 *
 * @param columns by the number that they stand beside
 */
record BesideNumbers(
    VariantSeries subject, Map<MetricHistory.Key, Map<Column, RunRecord.Row>> columns) {

  static BesideNumbers of(VariantSeries subject, Descriptors descriptors) {
    Map<MetricHistory.Key, Map<Column, RunRecord.Row>> found = new LinkedHashMap<>();
    for (MetricHistory.Key key : subject.history().keys()) {
      MetricInfo info = descriptors.of(key.metric());
      List<RunRecord.Row> rows = subject.rows(key);
      if (isBeside(info) && isOnce(rows)) {
        found
            .computeIfAbsent(
                new MetricHistory.Key(info.calibrated().metric(), key.layer()),
                k -> new EnumMap<>(Column.class))
            .put(info.calibrated().column(), rows.get(rows.size() - 1));
      }
    }
    // Further nulls stand in stages of their own, where the number is not: they are no column.
    found.keySet().removeIf(key -> subject.rows(key).isEmpty());
    return new BesideNumbers(subject, found);
  }

  /** Whether this stands beside a number in its own stage: not a further null. */
  private static boolean isBeside(MetricInfo info) {
    return info.calibrated() != null && info.calibrated().chance().isEmpty();
  }

  private static boolean isOnce(List<RunRecord.Row> rows) {
    return !rows.isEmpty() && rows.stream().allMatch(row -> row.epoch() == rows.get(0).epoch());
  }

  /** Whether such a column is told beside its number, by every subject that has it. */
  static boolean tells(
      List<VariantSeries> subjects, Descriptors descriptors, MetricHistory.Key key) {
    return isBeside(descriptors.of(key.metric()))
        && subjects.stream()
            .map(subject -> subject.rows(key))
            .filter(rows -> !rows.isEmpty())
            .allMatch(BesideNumbers::isOnce);
  }

  /** The numbers that have one of these columns beside them. */
  List<MetricHistory.Key> having(List<Column> some) {
    List<MetricHistory.Key> keys = new ArrayList<>();
    columns.forEach(
        (key, of) -> {
          if (some.stream().anyMatch(of::containsKey)) {
            keys.add(key);
          }
        });
    return keys;
  }

  Optional<RunRecord.Row> at(MetricHistory.Key key, Column column) {
    return Optional.ofNullable(columns.getOrDefault(key, Map.of()).get(column));
  }

  /** The number itself, at the epoch of what stands beside it. */
  Optional<RunRecord.Row> number(MetricHistory.Key key) {
    MetricSeries series = subject.history().series(key.metric(), key.layer());
    int epoch = columns.get(key).values().iterator().next().epoch();
    return series.rows().stream().filter(row -> row.epoch() == epoch).reduce((a, b) -> b);
  }
}

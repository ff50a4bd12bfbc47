package dev.collapsar.run;

import java.util.List;
import java.util.OptionalDouble;

/**
 * One metric of one variant in one stage on one tap, epoch by epoch.
 *
 * @param rows in the order of measuring, undefined ones too; empty if it was not measured
 */
public record MetricSeries(List<RunRecord.Row> rows) {
  static final MetricSeries NONE = new MetricSeries(List.of());

  public MetricSeries {
    rows = List.copyOf(rows);
  }

  /** Whether it was not measured at all. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The rows that have a value, for curves. */
  public List<RunRecord.Row> defined() {
    return rows.stream().filter(row -> row.value() != null).toList();
  }

  /**
   * The value at an epoch, the last one if it was measured more than once; empty where it was not
   * measured or is undefined.
   */
  public OptionalDouble at(int epoch) {
    for (int i = rows.size() - 1; i >= 0; i--) {
      if (rows.get(i).epoch() == epoch) {
        return value(i);
      }
    }
    return OptionalDouble.empty();
  }

  /** The value measured first; empty where it is undefined. */
  public OptionalDouble first() {
    return value(0);
  }

  /** The value measured last; empty where it is undefined. */
  public OptionalDouble last() {
    return value(rows.size() - 1);
  }

  private OptionalDouble value(int i) {
    return rows.isEmpty() || rows.get(i).value() == null
        ? OptionalDouble.empty()
        : OptionalDouble.of(rows.get(i).value());
  }
}

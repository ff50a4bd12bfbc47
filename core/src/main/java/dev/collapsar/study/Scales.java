package dev.collapsar.study;

import dev.collapsar.inference.SeedValues.Scale;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.stream.DoubleStream;

/** On what scale a metric is averaged over seeds. */
final class Scales {
  private Scales() {}

  /**
   * Logarithms for positive numbers: the measures of variability, what falls by orders of
   * magnitude, and whatever its range says is not negative and is no share. The value itself for
   * signed numbers, shares, angles and columns of a null that are no such value.
   */
  static Scale of(MetricInfo info) {
    boolean value =
        info.calibrated() == null
            || info.calibrated().column() == Column.MEAN
            || info.calibrated().column() == Column.MEDIAN;
    boolean positive = info.range().matches("[\\[(]?[01]\\b.*") && !info.range().equals("[0, 1]");
    boolean share = info.axis() == Axis.SHARE || info.group() == Group.ALIGNMENT;
    return value && !share && (positive || info.axis() == Axis.LOG || info.group() == Group.WITHIN)
        ? Scale.LOGARITHMIC
        : Scale.RAW;
  }

  /** The same, or the value itself where a number has no logarithm. */
  static Scale of(MetricInfo info, DoubleStream values) {
    return values.allMatch(v -> v > 0) ? of(info) : Scale.RAW;
  }
}

package dev.collapsar.metric;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The metrics asked for, filled in as they are found. */
final class MetricSheet {
  private final Set<MetricId> wanted;
  private final Map<MetricId, Measurement> found = new EnumMap<>(MetricId.class);

  MetricSheet(Set<MetricId> wanted) {
    this.wanted = EnumSet.copyOf(wanted);
  }

  /** Whether one of these is asked for and not yet answered. */
  boolean wants(MetricId... metrics) {
    for (MetricId metric : metrics) {
      if (wanted.contains(metric) && !found.containsKey(metric)) {
        return true;
      }
    }
    return false;
  }

  boolean wants(MetricId.Need need) {
    return wanted.stream().anyMatch(metric -> metric.need() == need && wants(metric));
  }

  void define(MetricId metric, double value) {
    define(metric, value, null);
  }

  void define(MetricId metric, double value, String note) {
    if (!wants(metric)) {
      return;
    }
    found.put(
        metric,
        Double.isFinite(value)
            ? Measurement.of(metric.id(), value, note)
            : Measurement.undefined(metric.id(), "the value overflows a double"));
  }

  void undefined(String reason, MetricId... metrics) {
    for (MetricId metric : metrics) {
      if (wants(metric)) {
        found.put(metric, Measurement.undefined(metric.id(), reason));
      }
    }
  }

  void undefined(String reason, MetricId.Need need) {
    for (MetricId metric : wanted) {
      if (metric.need() == need) {
        undefined(reason, metric);
      }
    }
  }

  void undefinedRest(String reason) {
    undefined(reason, wanted.toArray(MetricId[]::new));
  }

  /** Whether every metric asked for has its answer. */
  boolean complete() {
    return found.keySet().containsAll(wanted);
  }

  Map<MetricId, Measurement> found() {
    if (!complete()) {
      throw new IllegalStateException(
          "asked for %s, answered %s".formatted(wanted, found.keySet()));
    }
    return found;
  }
}

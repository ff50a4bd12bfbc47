package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the records say of their metrics; of several that describe one, the first is believed. */
final class Descriptors {
  private final Map<String, MetricInfo> infos = new HashMap<>();

  Descriptors(List<Subject> subjects) {
    for (Subject subject : subjects) {
      subject.record().metrics().forEach(info -> infos.putIfAbsent(info.id(), info));
    }
  }

  /** What a metric is; of one that no record describes, its name alone. */
  MetricInfo of(String id) {
    return infos.getOrDefault(id, MetricInfo.unknown(id));
  }
}

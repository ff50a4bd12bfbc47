package dev.collapsar.study;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.MetricHistory;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The descriptions that runs give of their metrics; of several that describe one, the first is
 * believed.
 */
final class Described {
  private final Map<String, MetricInfo> infos = new HashMap<>();

  Described(List<StudyRun> runs) {
    runs.forEach(run -> run.record().metrics().forEach(info -> infos.putIfAbsent(info.id(), info)));
  }

  /** What a metric is; of one that no record describes, its name alone. */
  MetricInfo of(String id) {
    return infos.getOrDefault(id, MetricInfo.unknown(id));
  }

  /** Among these the column of a metric's first null, on the same tap. */
  Optional<MetricHistory.Key> column(
      Collection<MetricHistory.Key> keys, MetricHistory.Key key, Column column) {
    return keys.stream()
        .filter(other -> other.layer().equals(key.layer()))
        .filter(other -> of(other.metric()).isOf(key.metric(), column))
        .findFirst();
  }
}

package dev.collapsar.run;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Samples;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The descriptions that records give of their metrics; of several that describe one, the first is
 * believed.
 */
public final class Descriptors {
  private final Map<String, MetricInfo> infos = new HashMap<>();

  public Descriptors(Stream<RunRecord> records) {
    records.forEach(record -> record.metrics().forEach(info -> infos.putIfAbsent(info.id(), info)));
  }

  /** The numbers that sum a run up, in their order. */
  public List<MetricInfo> headlines() {
    return infos.values().stream()
        .filter(info -> info.headline() != null)
        .sorted(Comparator.comparingInt(info -> info.headline().place()))
        .toList();
  }

  /** The accuracies that sum a run up, that of the most important samples first. */
  public List<MetricInfo> accuracies() {
    return headlines().stream()
        .filter(info -> info.headline().samples() != Samples.NONE)
        .sorted(Comparator.comparing((MetricInfo info) -> info.headline().samples()).reversed())
        .toList();
  }

  /** Those of them that are not of the samples that were trained on, by id. */
  public List<String> testAccuracies() {
    return accuracies().stream()
        .filter(info -> info.headline().samples() != Samples.TRAINING)
        .map(MetricInfo::id)
        .toList();
  }

  /** What a metric is; of one that no record describes, its name alone. */
  public MetricInfo of(String id) {
    return infos.getOrDefault(id, MetricInfo.unknown(id));
  }

  /** Among these the column of a metric's first null, on the same tap. */
  public Optional<MetricHistory.Key> column(
      Collection<MetricHistory.Key> keys, MetricHistory.Key key, Column column) {
    return keys.stream()
        .filter(other -> other.layer().equals(key.layer()))
        .filter(other -> of(other.metric()).isOf(key.metric(), column))
        .findFirst();
  }
}

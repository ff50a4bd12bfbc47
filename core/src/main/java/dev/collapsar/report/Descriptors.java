package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Samples;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The descriptions that records give of their metrics; of several that describe one, the first is
 * believed.
 */
final class Descriptors {
  private final Map<String, MetricInfo> infos = new HashMap<>();

  Descriptors(List<VariantSeries> subjects) {
    for (VariantSeries subject : subjects) {
      subject.record().metrics().forEach(info -> infos.putIfAbsent(info.id(), info));
    }
  }

  /** The numbers that sum a run up, in their order. */
  List<MetricInfo> headlines() {
    return infos.values().stream()
        .filter(info -> info.headline() != null)
        .sorted(Comparator.comparingInt(info -> info.headline().place()))
        .toList();
  }

  /** The accuracies that sum a run up, that of the most important samples first. */
  List<MetricInfo> accuracies() {
    return headlines().stream()
        .filter(info -> info.headline().samples() != Samples.NONE)
        .sorted(Comparator.comparing((MetricInfo info) -> info.headline().samples()).reversed())
        .toList();
  }

  /** Those of them that are not of the samples that were trained on, by id. */
  List<String> testAccuracies() {
    return accuracies().stream()
        .filter(info -> info.headline().samples() != Samples.TRAINING)
        .map(MetricInfo::id)
        .toList();
  }

  /** What a metric is; of one that no record describes, its name alone. */
  MetricInfo of(String id) {
    return infos.getOrDefault(id, MetricInfo.unknown(id));
  }
}

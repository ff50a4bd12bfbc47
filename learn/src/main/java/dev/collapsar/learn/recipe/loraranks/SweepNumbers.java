package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.run.Variant;
import dev.collapsar.run.MetricHistory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The numbers of an adaptation, for what is shown and said of them together. */
record SweepNumbers(
    List<String> variants,
    List<String> adapters,
    List<Integer> epochs,
    Map<String, MetricHistory> histories) {

  static SweepNumbers of(List<Variant> trained, MetricHistory history) {
    Map<String, MetricHistory> histories = new LinkedHashMap<>();
    trained.forEach(v -> histories.put(v.name(), history.variant(v.name())));
    return new SweepNumbers(
        List.copyOf(histories.keySet()),
        trained.stream().filter(Variant::isAdapter).map(Variant::name).toList(),
        history.epochs(),
        histories);
  }

  /** Null where it is undefined. */
  Double at(String variant, int epoch, String metric) {
    OptionalDouble value = histories.get(variant).series(metric, "").at(epoch);
    return value.isPresent() ? (Double) value.getAsDouble() : null;
  }

  Double last(String variant, String metric) {
    return at(variant, epochs.get(epochs.size() - 1), metric);
  }

  Double first(String variant, String metric) {
    return at(variant, epochs.get(0), metric);
  }

  /** The epochs at which all of these are defined. */
  List<Integer> defined(String variant, String... metrics) {
    return epochs.stream()
        .filter(e -> List.of(metrics).stream().allMatch(m -> at(variant, e, m) != null))
        .toList();
  }

  List<Double> series(String variant, List<Integer> at, String metric) {
    return at.stream().map(epoch -> at(variant, epoch, metric)).toList();
  }
}

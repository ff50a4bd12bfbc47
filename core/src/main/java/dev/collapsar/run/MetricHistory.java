package dev.collapsar.run;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Recorded numbers, found by what they are of: which variant and stage, which metric, which layer,
 * which epoch. Reports, studies and whoever takes a run up again read a run's course here.
 * Immutable; everything keeps the order of measuring.
 *
 * <p>A history may hold many variants and stages; {@link #variant} and {@link #stage} narrow it.
 * What asks for one number or one series needs a history of one variant in one stage.
 */
public final class MetricHistory {
  /** What is measured, and on which tap (empty for the network as a whole). */
  public record Key(String metric, String layer) {}

  private record Scope(String variant, String stage) {}

  private final Map<Scope, Map<Key, MetricSeries>> scopes;

  private MetricHistory(Map<Scope, Map<Key, MetricSeries>> scopes) {
    this.scopes = scopes;
  }

  /** Of these rows, in the order in which they were recorded. */
  public static MetricHistory of(Collection<RunRecord.Row> rows) {
    Map<Scope, Map<Key, List<RunRecord.Row>>> found = new LinkedHashMap<>();
    for (RunRecord.Row row : rows) {
      found
          .computeIfAbsent(new Scope(row.variant(), row.stage()), s -> new LinkedHashMap<>())
          .computeIfAbsent(new Key(row.metric(), row.layer()), k -> new ArrayList<>())
          .add(row);
    }
    Map<Scope, Map<Key, MetricSeries>> scopes = new LinkedHashMap<>();
    found.forEach(
        (scope, lists) -> {
          Map<Key, MetricSeries> series = new LinkedHashMap<>();
          lists.forEach((key, list) -> series.put(key, new MetricSeries(list)));
          scopes.put(scope, Collections.unmodifiableMap(series));
        });
    return new MetricHistory(scopes);
  }

  /** Of this variant alone, in all its stages; empty if it was not measured. */
  public MetricHistory variant(String name) {
    return narrowed(scope -> scope.variant().equals(name));
  }

  /** Of this stage alone; empty if nothing was measured in it. */
  public MetricHistory stage(String name) {
    return narrowed(scope -> scope.stage().equals(name));
  }

  private MetricHistory narrowed(Predicate<Scope> kept) {
    Map<Scope, Map<Key, MetricSeries>> some = new LinkedHashMap<>(scopes);
    some.keySet().removeIf(kept.negate());
    return new MetricHistory(some);
  }

  /** What was measured of any of them. */
  public Set<Key> keys() {
    Set<Key> keys = new LinkedHashSet<>();
    scopes.values().forEach(series -> keys.addAll(series.keySet()));
    return Collections.unmodifiableSet(keys);
  }

  /** The epochs at which anything was measured, ascending. */
  public List<Integer> epochs() {
    return scopes.values().stream()
        .flatMap(all -> all.values().stream())
        .flatMap(series -> series.rows().stream())
        .map(RunRecord.Row::epoch)
        .distinct()
        .sorted()
        .toList();
  }

  /** The layers in which a metric was measured; none if it is of the network as a whole. */
  public List<String> layers(String metric) {
    return scopes.values().stream()
        .flatMap(series -> series.keySet().stream())
        .filter(key -> key.metric().equals(metric) && !key.layer().isEmpty())
        .map(Key::layer)
        .distinct()
        .toList();
  }

  /**
   * The course of a metric on a tap; empty if it was not measured.
   *
   * @param layer empty for the network as a whole
   * @throws IllegalStateException if this history is of several variants or stages
   */
  public MetricSeries series(String metric, String layer) {
    if (scopes.size() > 1) {
      throw new IllegalStateException(
          "a series is of one variant in one stage, and this history has " + scopes.keySet());
    }
    for (Map<Key, MetricSeries> only : scopes.values()) {
      return only.getOrDefault(new Key(metric, layer), MetricSeries.NONE);
    }
    return MetricSeries.NONE;
  }

  /**
   * The course of a metric of the whole network or, failing that, of its last layer.
   *
   * @throws IllegalStateException if this history is of several variants or stages
   */
  public MetricSeries series(String metric) {
    MetricSeries whole = series(metric, "");
    if (!whole.isEmpty()) {
      return whole;
    }
    List<String> layers = layers(metric);
    return layers.isEmpty() ? whole : series(metric, layers.get(layers.size() - 1));
  }

  /**
   * A value of {@link #series(String)}; empty where it was not measured or is undefined.
   *
   * @throws IllegalStateException if this history is of several variants or stages
   */
  public OptionalDouble at(String metric, int epoch) {
    return series(metric).at(epoch);
  }

  /** The first value of {@link #series(String)}, as a rule before the stage's first step. */
  public OptionalDouble first(String metric) {
    return series(metric).first();
  }

  /** The last value of {@link #series(String)}. */
  public OptionalDouble last(String metric) {
    return series(metric).last();
  }
}

package dev.collapsar.learn.weight;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Which of the reparametrizations on several weights count. */
final class ActiveReparametrizations {
  private final List<Weight> weights;

  ActiveReparametrizations(Collection<Weight> weights) {
    this.weights = List.copyOf(weights);
  }

  /** The names on any weight, in the order they were attached. */
  Set<String> attached() {
    Set<String> names = new LinkedHashSet<>();
    weights.forEach(weight -> names.addAll(weight.reparametrizations().keySet()));
    return names;
  }

  /** The names of those that count on any weight. */
  Set<String> active() {
    Set<String> names = new LinkedHashSet<>();
    weights.forEach(weight -> names.addAll(weight.activeNames()));
    return names;
  }

  /** What {@link Weights#activate} says. */
  void activate(Collection<String> names) {
    if (!attached().containsAll(names)) {
      throw new IllegalArgumentException(
          "no reparametrizations %s; there are %s".formatted(names, attached()));
    }
    Map<Weight, List<String>> before = byWeight();
    try {
      weights.forEach(
          weight ->
              weight.activate(
                  names.stream().filter(weight.reparametrizations()::containsKey).toList()));
    } catch (RuntimeException e) {
      before.forEach(Weight::activate);
      throw e;
    }
  }

  /** What {@link Weights#withActive} says. */
  <T> T with(Collection<String> names, Supplier<T> action) {
    Map<Weight, List<String>> before = byWeight();
    try {
      activate(names);
      return action.get();
    } finally {
      before.forEach(Weight::activate);
    }
  }

  private Map<Weight, List<String>> byWeight() {
    Map<Weight, List<String>> active = new LinkedHashMap<>();
    weights.forEach(weight -> active.put(weight, weight.activeNames()));
    return active;
  }
}

package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.part.Additive;
import dev.collapsar.learn.adapter.part.BaseRows;
import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.NetworkMerge;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * Two adapters of one network, layer by layer.
 *
 * @param layers by the first's name of the module, in natural order
 * @param left why other modules of one or both are not compared
 */
public record AdapterComparison(Map<String, LayerComparison> layers, Map<String, String> left) {
  public AdapterComparison {
    layers = Collections.unmodifiableMap(layers);
    left = Collections.unmodifiableMap(left);
  }

  /** The modules that both adapt, by the first's names with the second's. */
  public static Map<String, String> common(AdapterUpdates one, AdapterUpdates other) {
    Map<String, String> ofOther = new TreeMap<>();
    other.modules().keySet().forEach(name -> ofOther.put(flat(name), name));
    Map<String, String> common = new TreeMap<>(LayerOrder.NATURAL);
    for (String name : one.modules().keySet()) {
      String same = other.modules().containsKey(name) ? name : ofOther.get(flat(name));
      if (same != null) {
        common.put(name, same);
      }
    }
    return common;
  }

  /** kohya's names have underscores for dots. */
  private static String flat(String name) {
    return name.replace('.', '_');
  }

  /**
   * @param threads that share the layers; the numbers do not depend on it
   * @param progress told of each layer that has been compared
   * @throws InvalidInputException if no module is in both, or the same one has two shapes; if the
   *     base is another network's
   */
  public static AdapterComparison of(
      AdapterTensors one,
      AdapterTensors other,
      Optional<BaseNetwork> base,
      int threads,
      LongConsumer progress) {
    AdapterUpdates first = AdapterUpdates.of(one);
    AdapterUpdates second = AdapterUpdates.of(other);
    Map<String, String> common = common(first, second);
    if (common.isEmpty()) {
      throw new InvalidInputException(
          "the adapters have no module in common: %s and %s".formatted(some(first), some(second)));
    }
    Optional<NetworkMerge> merge = base.map(b -> NetworkMerge.of(b, one, Optional.empty()));
    Map<String, LayerComparison> layers = new TreeMap<>(LayerOrder.NATURAL);
    Map<String, String> left = alone(first, second, common);
    List<String> modules = List.copyOf(common.keySet());
    try (Workers workers = new Workers(threads)) {
      List<Optional<LayerComparison>> found =
          workers.map(
              modules.size(),
              i -> {
                String module = modules.get(i);
                Additive a = first.modules().get(module);
                Additive b = second.modules().get(common.get(module));
                Optional<BaseRows> weight = merge.flatMap(m -> m.baseRows(module));
                Optional<LayerComparison> layer = compare(module, a, b, weight);
                synchronized (progress) {
                  progress.accept(1);
                }
                return layer;
              });
      for (int i = 0; i < found.size(); i++) {
        String module = modules.get(i);
        found
            .get(i)
            .ifPresentOrElse(
                layer -> layers.put(module, layer),
                () -> left.put(module, "one of the updates is zero or no small product"));
      }
    }
    return new AdapterComparison(layers, left);
  }

  private static Optional<LayerComparison> compare(
      String module, Additive one, Additive other, Optional<BaseRows> weight) {
    Optional<FactoredUpdate> u = one.factored();
    Optional<FactoredUpdate> v = other.factored();
    if (u.isEmpty() || v.isEmpty() || isZero(u.get()) || isZero(v.get())) {
      return Optional.empty();
    }
    if (u.get().left().rows() != v.get().left().rows()
        || u.get().right().columns() != v.get().right().columns()) {
      throw new InvalidInputException(
          "%s: the adapters are of different networks: one is for a weight of %s, the other of %s"
              .formatted(module, one.wanted(), other.wanted()));
    }
    return Optional.of(LayerComparison.of(u.get(), v.get(), new Amplification(weight)));
  }

  private static boolean isZero(FactoredUpdate update) {
    return update.left().stream().allMatch(value -> value == 0)
        || update.right().stream().allMatch(value -> value == 0);
  }

  private static Map<String, String> alone(
      AdapterUpdates first, AdapterUpdates second, Map<String, String> common) {
    Map<String, String> left = new TreeMap<>(LayerOrder.NATURAL);
    Set<String> ofSecond = new TreeSet<>(common.values());
    first.modules().keySet().stream()
        .filter(name -> !common.containsKey(name))
        .forEach(name -> left.put(name, "only in the first"));
    second.modules().keySet().stream()
        .filter(name -> !ofSecond.contains(name))
        .forEach(name -> left.put(name, "only in the second"));
    left.putAll(first.others());
    left.putAll(second.others());
    return left;
  }

  private static String some(AdapterUpdates updates) {
    return updates.modules().keySet().stream().limit(2).toList() + ", ...";
  }
}

package dev.collapsar.learn.spectra;

import dev.collapsar.learn.adapter.layout.AdapterTensors;
import dev.collapsar.learn.adapter.layout.Target;
import dev.collapsar.learn.adapter.part.Additive;
import dev.collapsar.learn.adapter.part.DoraPart;
import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.learn.adapter.part.Part;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The updates that an adapter adds to each weight, as far as its files alone tell them.
 *
 * @param modules by name, in natural order; of DoRA the low-rank part V - W
 * @param others why another module's update is not among them
 */
public record AdapterUpdates(Map<String, Additive> modules, Map<String, String> others) {
  public AdapterUpdates {
    modules = Collections.unmodifiableMap(sorted(modules));
    others = Collections.unmodifiableMap(sorted(others));
  }

  private static <T> Map<String, T> sorted(Map<String, T> map) {
    Map<String, T> sorted = new TreeMap<>(LayerOrder.NATURAL);
    sorted.putAll(map);
    return sorted;
  }

  /** Reads nothing but heads. */
  public static AdapterUpdates of(AdapterTensors adapter) {
    Map<String, Additive> modules = new TreeMap<>();
    Map<String, String> others = new TreeMap<>();
    for (Target target : adapter.targets()) {
      Target.Choice choice = target.choices().get(0);
      if (choice.parameter().endsWith("bias")) {
        continue;
      }
      Optional<Additive> added = additive(choice.part());
      if (added.isPresent()) {
        modules.put(target.module(), added.get());
      } else {
        others.put(target.module(), "what it adds depends on the base");
      }
    }
    return new AdapterUpdates(modules, others);
  }

  private static Optional<Additive> additive(Part part) {
    Part direction = part instanceof DoraPart dora ? dora.direction() : part;
    return direction instanceof Additive added ? Optional.of(added) : Optional.empty();
  }

  /**
   * The spectrum of a module's update, through a core of r x r; empty if it is no product of few
   * columns, or its shape depends on the base.
   */
  public Optional<UpdateSpectrum> spectrum(String module) {
    return modules.get(module).factored().map(update -> TensorScope.within(() -> spectrum(update)));
  }

  private static UpdateSpectrum spectrum(FactoredUpdate update) {
    return Decomposition.of(update).spectrum();
  }
}

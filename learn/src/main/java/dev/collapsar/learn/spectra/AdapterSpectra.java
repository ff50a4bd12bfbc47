package dev.collapsar.learn.spectra;

import dev.collapsar.compute.Workers;
import dev.collapsar.learn.adapter.layout.AdapterTensors;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * The spectra of an adapter's updates; of DoRA of its low-rank part.
 *
 * @param layers by module, in natural order
 * @param others why a module has none
 */
public record AdapterSpectra(Map<String, UpdateSpectrum> layers, Map<String, String> others) {
  public AdapterSpectra {
    layers = Collections.unmodifiableMap(layers);
    others = Collections.unmodifiableMap(others);
  }

  /**
   * @param threads that share the layers; the numbers do not depend on it
   * @param progress told of each layer that is done
   */
  public static AdapterSpectra of(AdapterTensors adapter, int threads, LongConsumer progress) {
    AdapterUpdates updates = AdapterUpdates.of(adapter);
    Map<String, UpdateSpectrum> layers = new TreeMap<>(LayerOrder.NATURAL);
    Map<String, String> others = new TreeMap<>(LayerOrder.NATURAL);
    others.putAll(updates.others());
    List<String> modules = List.copyOf(updates.modules().keySet());
    try (Workers workers = new Workers(threads)) {
      List<Optional<UpdateSpectrum>> found =
          workers.map(
              modules.size(),
              i -> {
                Optional<UpdateSpectrum> spectrum = updates.spectrum(modules.get(i));
                synchronized (progress) {
                  progress.accept(1);
                }
                return spectrum;
              });
      for (int i = 0; i < found.size(); i++) {
        String module = modules.get(i);
        found
            .get(i)
            .ifPresentOrElse(
                spectrum -> layers.put(module, spectrum),
                () -> others.put(module, "its update is no product of few columns by itself"));
      }
    }
    return new AdapterSpectra(layers, others);
  }
}

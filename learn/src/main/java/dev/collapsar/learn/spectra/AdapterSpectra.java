package dev.collapsar.learn.spectra;

import dev.collapsar.learn.adapter.layout.AdapterTensors;
import java.util.Collections;
import java.util.Map;
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
   * @param progress told of each layer that is done
   */
  public static AdapterSpectra of(AdapterTensors adapter, LongConsumer progress) {
    AdapterUpdates updates = AdapterUpdates.of(adapter);
    Map<String, UpdateSpectrum> layers = new TreeMap<>(LayerOrder.NATURAL);
    Map<String, String> others = new TreeMap<>(LayerOrder.NATURAL);
    others.putAll(updates.others());
    for (String module : updates.modules().keySet()) {
      updates
          .spectrum(module)
          .ifPresentOrElse(
              spectrum -> layers.put(module, spectrum),
              () -> others.put(module, "its update is no product of few columns by itself"));
      progress.accept(1);
    }
    return new AdapterSpectra(layers, others);
  }
}

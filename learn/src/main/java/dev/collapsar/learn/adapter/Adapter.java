package dev.collapsar.learn.adapter;

import dev.collapsar.learn.adapter.AdaptableLayer.Kind;
import dev.collapsar.learn.network.Linear;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Reparametrization;
import dev.collapsar.run.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Low-rank updates that sit on a network's layers under one name. The layers own them. */
public final class Adapter {
  private final Network network;
  private final String name;
  private final AdapterConfig config;

  private Adapter(Network network, String name, AdapterConfig config) {
    this.network = network;
    this.name = name;
    this.config = config;
  }

  /**
   * Freezes the network's own parameters and puts an update that is zero on every layer that the
   * configuration selects.
   *
   * @param chance A of layer L draws from its stream {@code lora/L}
   * @throws dev.collapsar.InvalidInputException if the configuration selects no layer
   */
  public static Adapter attach(Network network, String name, AdapterConfig config, Seed chance) {
    AdapterPlan plan = AdapterPlan.of(config, adaptable(network));
    network.setTrainable(false);
    for (AdapterPlan.Adapted adapted : plan.layers()) {
      String path = adapted.layer().name();
      Linear linear = (Linear) network.layer(path);
      Seed stream = chance.under("lora/" + path);
      linear
          .weight()
          .attach(name, LowRankUpdate.initialized(linear, adapted.rank(), adapted.scale(), stream));
    }
    return new Adapter(network, name, config);
  }

  /** The adapter as PEFT keeps it, with the factors as they are now. */
  public AdapterFile toFile() {
    Map<String, LoraFactors> modules = new LinkedHashMap<>();
    network
        .weightedLayers()
        .forEach(
            (path, layer) -> {
              Reparametrization update = layer.weight().reparametrizations().get(name);
              if (update instanceof LowRankUpdate low) {
                modules.put(path, low.factors());
              }
            });
    return AdapterFile.of(config, modules, Map.of());
  }

  /** The layers of a network that can carry an adapter. */
  public static List<AdaptableLayer> adaptable(Network network) {
    List<AdaptableLayer> layers = new ArrayList<>();
    network
        .weightedLayers()
        .forEach(
            (path, layer) -> {
              if (layer instanceof Linear) {
                layers.add(AdaptableLayer.of(path, Kind.LINEAR, layer.weight().original().shape()));
              }
            });
    return layers;
  }
}

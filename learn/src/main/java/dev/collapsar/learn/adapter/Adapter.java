package dev.collapsar.learn.adapter;

import dev.collapsar.learn.network.Linear;
import dev.collapsar.learn.network.Network;
import dev.collapsar.run.Seed;

/** Low-rank updates on a network's layers. */
public final class Adapter {
  private Adapter() {}

  /**
   * Freezes the network and puts a low-rank update on every Linear layer.
   *
   * @param chance A of layer L draws from its stream {@code lora/L}
   */
  public static void attachToLinears(Network network, String name, LoraSpec spec, Seed chance) {
    network.setTrainable(false);
    network
        .weightedLayers()
        .forEach(
            (path, layer) -> {
              if (layer instanceof Linear linear) {
                Seed stream = new Seed(chance.stream("lora/" + path));
                linear.weight().attach(name, LowRankUpdate.initialized(linear, spec, stream));
              }
            });
  }
}

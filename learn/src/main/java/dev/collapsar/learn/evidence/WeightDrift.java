package dev.collapsar.learn.evidence;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Weight;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.metric.Measurement;
import dev.collapsar.update.Drift;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far a network's weights, as they act, move from where they are now: all of its own parameters
 * together. Of what is not trained no copy is kept: what an adapter adds to it is seen beside it.
 */
public final class WeightDrift {
  private final Map<String, float[]> trained = new HashMap<>();

  /** From the weights of this network, about to be trained; active adapters do nothing yet. */
  public WeightDrift(Network network) {
    Map<String, ?> trainable = network.weights().trainable();
    network
        .weights()
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (trainable.containsKey(name)) {
                trained.put(name, TensorBridge.toFloats(tensor));
              }
            });
  }

  /** {@code drift_norm} and {@code drift_relative} of this network, which began there. */
  public List<Measurement> of(Network network) {
    Drift all = new Drift(0, 0);
    for (String name : network.weights().parameters().keySet()) {
      all = all.and(of(name, network.weights().all().get(name)));
    }
    return all.measurements();
  }

  private Drift of(String name, Weight weight) {
    return TensorScope.withinWithoutGradients(
        () -> {
          float[] now = TensorBridge.toFloats(weight.effective());
          float[] before =
              trained.containsKey(name)
                  ? trained.get(name)
                  : TensorBridge.toFloats(weight.original());
          double moved = 0;
          double length = 0;
          for (int i = 0; i < now.length; i++) {
            double step = (double) now[i] - before[i];
            moved += step * step;
            length += (double) before[i] * before[i];
          }
          return new Drift(Math.sqrt(moved), Math.sqrt(length));
        });
  }
}

package dev.collapsar.learn.network;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Which tensors of a network training changes and which it must not, as it now stands. */
final class MovingTensors {
  private MovingTensors() {}

  /** What {@link Network#frozen} says. */
  static Map<String, Tensor> frozen(LayerTree tree) {
    Map<String, Tensor> all = tree.state();
    all.putAll(tree.reparametrizationParameters());
    all.values().removeIf(Tensor::requires_grad);
    tree.layers()
        .forEach(
            (name, layer) -> {
              if (layer.movesBuffers()) {
                layer
                    .buffers()
                    .forEach(
                        (n, tensor) -> {
                          if (layer.weights().get(n).effective() == tensor) {
                            all.remove(name + "." + n);
                          }
                        });
              }
            });
    return all;
  }

  /** What {@link Network#moving} says. */
  static Map<String, Tensor> moving(LayerTree tree) {
    Map<String, Tensor> all = tree.state();
    all.keySet().removeAll(frozen(tree).keySet());
    tree.weights()
        .forEach(
            (tensor, weight) ->
                weight
                    .reparametrizations()
                    .forEach(
                        (name, reparametrization) -> {
                          int number = 0;
                          for (Tensor owned : reparametrization.tensors()) {
                            all.put(tensor + "." + name + "." + number++, owned);
                          }
                        }));
    return all;
  }
}

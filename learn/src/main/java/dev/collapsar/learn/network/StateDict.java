package dev.collapsar.learn.network;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.checkpoint.StateDictMatch;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A network's parameters and buffers, read into and out of files. */
record StateDict(Map<String, Tensor> tensors) {
  static StateDict of(Network network) {
    return new StateDict(network.state());
  }

  /** How these agree with tensors of such names and shapes. */
  StateDictMatch match(Map<String, long[]> shapes) {
    Map<String, long[]> needed = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> needed.put(name, tensor.shape()));
    return StateDictMatch.of(needed, shapes);
  }

  /** What {@link Network#load} says. */
  void fill(Map<String, StoredTensor> stored, String source) {
    Map<String, long[]> found = new LinkedHashMap<>();
    stored.forEach((name, tensor) -> found.put(name, tensor.shape()));
    match(found).requireExact(source);
    TensorScope.runWithoutGradients(
        () ->
            tensors.forEach(
                (name, tensor) -> {
                  tensor.zero_();
                  if (stored.containsKey(name)) { // it may lack counts of batches
                    tensor.copy_(TensorBridge.tensor(stored.get(name)));
                  }
                }));
  }

  /** Fills them with the values of tensors of the same names. */
  void fill(Map<String, Tensor> others) {
    TensorScope.runWithoutGradients(
        () -> tensors.forEach((name, tensor) -> tensor.copy_(others.get(name))));
  }

  /** A copy of them as a file holds it. */
  Map<String, StoredTensor> stored() {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) ->
            stored.put(name, TensorBridge.stored(tensor, TensorBridge.elementType(tensor))));
    return stored;
  }
}

package dev.collapsar.learn.weight;

import dev.collapsar.learn.tensor.Digests;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The bits of everything that was frozen among weights when the guard was set, to name what moved
 * since.
 */
public final class FrozenGuard {
  private final Weights weights;
  private final Map<String, String> digests;

  /** Takes the SHA-256 of every tensor that {@link Weights#frozen} names, buffers included. */
  public FrozenGuard(Weights weights) {
    this.weights = weights;
    this.digests = Digests.sha256(weights.frozen());
  }

  /** The names of those tensors that are no longer bit-identical. */
  public List<String> moved() {
    Map<String, Tensor> now = new LinkedHashMap<>(weights.state());
    now.putAll(weights.reparametrizationParameters());
    now.keySet().retainAll(digests.keySet());
    Map<String, String> found = Digests.sha256(now);
    return digests.keySet().stream()
        .filter(name -> !digests.get(name).equals(found.get(name)))
        .toList();
  }
}

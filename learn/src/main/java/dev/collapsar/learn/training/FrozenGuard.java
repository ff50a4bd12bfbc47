package dev.collapsar.learn.training;

import dev.collapsar.learn.network.Network;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Knows the bits of everything that was frozen in a network when the guard was set, and names what
 * moved since.
 */
public final class FrozenGuard {
  private final Network network;
  private final Map<String, String> digests;

  /**
   * Takes the SHA-256 of every tensor that {@link dev.collapsar.learn.network.Weights#frozen}
   * names, buffers included.
   */
  public FrozenGuard(Network network) {
    this.network = network;
    this.digests = Digests.sha256(network.weights().frozen());
  }

  /** The names of the tensors guarded. */
  public List<String> guarded() {
    return List.copyOf(digests.keySet());
  }

  /** The names of those that are no longer bit-identical. */
  public List<String> moved() {
    Map<String, Tensor> now = new LinkedHashMap<>(network.weights().state());
    now.putAll(network.weights().reparametrizationParameters());
    now.keySet().retainAll(digests.keySet());
    Map<String, String> found = Digests.sha256(now);
    return digests.keySet().stream()
        .filter(name -> !digests.get(name).equals(found.get(name)))
        .toList();
  }
}

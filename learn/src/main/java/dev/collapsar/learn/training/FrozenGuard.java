package dev.collapsar.learn.training;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
  private final Map<String, byte[]> digests = new LinkedHashMap<>();

  /** Takes the SHA-256 of every tensor that {@link Network#frozen} names. */
  public FrozenGuard(Network network) {
    this.network = network;
    network
        .frozen()
        .forEach((name, tensor) -> digests.put(name, sha256(TensorBridge.rawBytes(tensor))));
  }

  /** The names of the tensors guarded. */
  public List<String> guarded() {
    return List.copyOf(digests.keySet());
  }

  /** The names of those that are no longer bit-identical. */
  public List<String> moved() {
    Map<String, Tensor> now = network.state();
    now.putAll(network.reparametrizationParameters());
    return digests.entrySet().stream()
        .filter(
            e ->
                !MessageDigest.isEqual(
                    e.getValue(), sha256(TensorBridge.rawBytes(now.get(e.getKey())))))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

package dev.collapsar.learn.tensor;

import dev.collapsar.Sha256;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** SHA-256, in hexadecimal. */
public final class Digests {
  private Digests() {}

  /** Of each tensor's elements, row-major, by its name. */
  public static Map<String, String> sha256(Map<String, Tensor> tensors) {
    List<Map.Entry<String, Tensor>> entries = List.copyOf(tensors.entrySet());
    List<String> digests =
        entries.parallelStream().map(e -> Sha256.of(TensorBridge.rawBytes(e.getValue()))).toList();
    Map<String, String> byName = new LinkedHashMap<>();
    for (int i = 0; i < digests.size(); i++) {
      byName.put(entries.get(i).getKey(), digests.get(i));
    }
    return byName;
  }
}

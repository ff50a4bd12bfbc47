package dev.collapsar.learn.training;

import dev.collapsar.learn.tensor.TensorBridge;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** SHA-256, in hexadecimal. */
final class Digests {
  private Digests() {}

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Of each tensor's elements, row-major, by its name. */
  static Map<String, String> sha256(Map<String, Tensor> tensors) {
    List<Map.Entry<String, Tensor>> entries = List.copyOf(tensors.entrySet());
    List<String> digests =
        entries.parallelStream().map(e -> sha256(TensorBridge.rawBytes(e.getValue()))).toList();
    Map<String, String> byName = new LinkedHashMap<>();
    for (int i = 0; i < digests.size(); i++) {
      byName.put(entries.get(i).getKey(), digests.get(i));
    }
    return byName;
  }
}

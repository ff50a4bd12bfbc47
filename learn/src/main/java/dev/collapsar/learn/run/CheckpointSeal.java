package dev.collapsar.learn.run;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whose checkpoint a file is, and that its bytes are those that were written: metadata beside its
 * tensors.
 *
 * @param run of its conditions, that of {@link dev.collapsar.run.RunConditions#identity}
 * @param recipe the hash of its settings
 */
record CheckpointSeal(String run, String recipe, String stage, String variant) {
  private static final String SHA256 = "sha256";

  /** The metadata of an epoch's file: what is said, who says it, and the hash of all of it. */
  Map<String, String> metadata(
      int epoch, Map<String, StoredTensor> tensors, Map<String, String> said) {
    Map<String, String> metadata = new LinkedHashMap<>(said);
    metadata.putAll(identity(epoch));
    metadata.put(SHA256, sha256(tensors, metadata));
    return metadata;
  }

  /**
   * Refuses what is damaged or another's.
   *
   * @throws InvalidInputException saying in which of these
   */
  void require(int epoch, SafeTensors file) {
    Map<String, String> metadata = new LinkedHashMap<>(file.metadata());
    String sha256 = metadata.remove(SHA256);
    if (sha256 == null) {
      throw new InvalidInputException("it has no checksum");
    }
    if (!sha256.equals(sha256(file.tensors(), metadata))) {
      throw new InvalidInputException("it is damaged: its checksum is not that of its content");
    }
    identity(epoch)
        .forEach(
            (key, expected) -> {
              String found = metadata.get(key);
              if (!expected.equals(found)) {
                throw new InvalidInputException(
                    "it is of another %s, %s and not %s".formatted(key, found, expected));
              }
            });
  }

  private Map<String, String> identity(int epoch) {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("run", run);
    identity.put("recipe", recipe);
    identity.put("stage", stage);
    identity.put("variant", variant);
    identity.put("epoch", Integer.toString(epoch));
    return identity;
  }

  /** Over metadata, then tensors, each by name; every part behind its length. */
  private static String sha256(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    Sha256 digest = new Sha256();
    new TreeMap<>(metadata)
        .forEach(
            (key, value) -> {
              update(digest, key);
              update(digest, value);
            });
    new TreeMap<>(tensors)
        .forEach(
            (name, tensor) -> {
              update(digest, name);
              update(digest, tensor.type() + Arrays.toString(tensor.shape()));
              digest.add(tensor.data());
            });
    return digest.hex();
  }

  private static void update(Sha256 digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.add(bytes.length + ":").add(bytes);
  }
}

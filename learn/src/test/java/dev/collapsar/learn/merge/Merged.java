package dev.collapsar.learn.merge;

import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.AdapterFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Merges of small networks in memory, by way of files. */
public record Merged(
    Map<String, StoredTensor> tensors, Map<String, Change> changes, List<String> notes) {
  /** Of a base whose square weights need no word. */
  public static Merged into(Map<String, StoredTensor> base, AdapterFile adapter) {
    return into(base, adapter, Optional.empty());
  }

  static Merged into(
      Map<String, StoredTensor> base, AdapterFile adapter, Optional<List<String>> fanInFanOut) {
    return withBase(
        base,
        network -> {
          NetworkMerge merge = NetworkMerge.of(network, adapter.parts(), fanInFanOut);
          Path out = Path.of(network + ".merged.safetensors");
          Map<String, Change> changes = merge.writeFile(out, 2, whole -> {});
          return new Merged(SafeTensors.read(out).tensors(), changes, merge.notes());
        });
  }

  /** What can be said of a base while it is open. */
  static <T> T withBase(Map<String, StoredTensor> base, Function<BaseNetwork, T> use) {
    try {
      Path folder = Files.createTempDirectory("merged");
      Path file = folder.resolve("base.safetensors");
      SafeTensors.write(file, base, Map.of());
      try (BaseNetwork network = BaseNetwork.open(file)) {
        return use.apply(network);
      } finally {
        for (String name : List.of("base.safetensors", "base.safetensors.merged.safetensors", "")) {
          Files.deleteIfExists(folder.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of named tensors of any size, of which only the head is read until a tensor is asked for
 * its bytes. A shard of a large network, an adapter.
 */
public final class TensorFile implements AutoCloseable {
  private final String name;
  private final FileBytes file; // null if all is in memory
  private final Map<String, FileTensor> tensors;
  private final Map<String, String> metadata;

  private TensorFile(
      String name,
      FileBytes fileOrNull,
      Map<String, FileTensor> tensors,
      Map<String, String> metadata) {
    this.name = name;
    this.file = fileOrNull;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Map.copyOf(metadata);
  }

  /**
   * Opens a safetensors file and reads its head.
   *
   * @throws InvalidInputException if the file is missing, no safetensors file, cut short or
   *     contradicts itself
   */
  public static TensorFile open(Path path) {
    FileBytes file = FileBytes.open(path);
    try {
      SafeTensorsHeader header = SafeTensorsHeader.read(file);
      Map<String, FileTensor> tensors = new LinkedHashMap<>();
      for (SafeTensorsHeader.Entry entry : header.entries()) {
        tensors.put(entry.name(), FileTensor.of(file, entry, header.dataStart()));
      }
      return new TensorFile(path.toString(), file, tensors, header.metadata());
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Tensors in memory, as if they were in a file of this name. */
  public static TensorFile of(
      String name, Map<String, FileTensor> tensors, Map<String, String> metadata) {
    return new TensorFile(name, null, new LinkedHashMap<>(tensors), metadata);
  }

  /** The path, for messages. */
  public String name() {
    return name;
  }

  /** By name, in the order of the file. */
  public Map<String, FileTensor> tensors() {
    return tensors;
  }

  /** The file's free text, maybe empty. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}

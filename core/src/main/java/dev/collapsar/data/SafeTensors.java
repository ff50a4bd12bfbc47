package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A small safetensors file held in memory: adapters, checkpoints, classifier heads. Feature files
 * of any size are read through {@link ArrayFile}.
 *
 * <p>The bytes written are those that Hugging Face's own library writes for the same tensors:
 * {@code __metadata__} first, tensors in descending order of type, then by name. Several metadata
 * keys are sorted; that library leaves their order to chance.
 *
 * @param tensors by name, in the order of the file
 * @param metadata the file's free text such as {@code format=pt}, maybe empty
 */
public record SafeTensors(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
  public SafeTensors {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Map.copyOf(metadata);
  }

  /**
   * Reads all tensors of a file.
   *
   * @throws InvalidInputException if the file is missing, no safetensors file, cut short or
   *     contradicts itself, holds a tensor of a type that is not in {@link ElementType}, or does
   *     not fit in this JVM's memory
   */
  public static SafeTensors read(Path path) {
    try (FileBytes file = FileBytes.open(path)) {
      SafeTensorsHeader header = SafeTensorsHeader.read(file);
      file.requireFitsInMemory("its tensors", file.length() - header.dataStart());
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      for (SafeTensorsHeader.Entry entry : header.entries()) {
        if (entry.type() == null) {
          throw file.bad(
              "tensor '%s' has dtype %s, which is not read", entry.name(), entry.typeName());
        }
        long length = entry.end() - entry.begin();
        if (length > Integer.MAX_VALUE - Long.BYTES) {
          throw file.bad(
              "tensor '%s' has %d bytes, at most 2 GiB are read whole", entry.name(), length);
        }
        ByteBuffer data =
            ByteBuffer.wrap(file.read(header.dataStart() + entry.begin(), (int) length));
        tensors.put(entry.name(), new StoredTensor(entry.type(), entry.shape(), data));
      }
      return new SafeTensors(tensors, header.metadata());
    }
  }

  /**
   * Writes the tensors under a temporary name, then renames: an older file is replaced as a whole
   * or not at all. The order of the map does not matter.
   *
   * @throws InvalidInputException if the folder does not exist
   */
  public static void write(
      Path path, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    List<SafeTensorsHeader.Entry> unplaced = new ArrayList<>();
    tensors.forEach(
        (name, tensor) ->
            unplaced.add(SafeTensorsHeader.Entry.unplaced(name, tensor.type(), tensor.shape())));
    List<SafeTensorsHeader.Entry> entries = SafeTensorsHeader.place(unplaced);
    NewFile.writeChannel(
        path,
        out -> {
          NewFile.writeFully(out, ByteBuffer.wrap(SafeTensorsHeader.format(entries, metadata)));
          for (SafeTensorsHeader.Entry entry : entries) {
            NewFile.writeFully(out, tensors.get(entry.name()).data());
          }
        });
  }
}

package dev.collapsar.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file that is being written, of any size: its tensors' types and shapes are settled
 * first, then their bytes come in any order and in parts. It gets its name when it is whole.
 */
public final class NewTensorFile {
  /**
   * What a tensor will be.
   *
   * @param typeName as safetensors spells it
   * @param bytes what its elements take
   */
  public record Head(String name, String typeName, long[] shape, long bytes) {
    /** A tensor of a type of ours. */
    public static Head of(String name, ElementType type, long... shape) {
      return new Head(name, type.name(), shape, Shapes.bytes(shape, type));
    }

    /** A tensor as another is. */
    public static Head like(String name, FileTensor tensor) {
      return new Head(name, tensor.typeName(), tensor.shape(), tensor.bytes());
    }
  }

  /** Writes every tensor's bytes. */
  @FunctionalInterface
  public interface Body {
    void writeTo(NewTensorFile file);
  }

  private final FileChannel out;
  private final Map<String, SafeTensorsHeader.Entry> entries = new LinkedHashMap<>();
  private final long dataStart;

  private NewTensorFile(FileChannel out, List<SafeTensorsHeader.Entry> placed, long dataStart) {
    this.out = out;
    this.dataStart = dataStart;
    placed.forEach(entry -> entries.put(entry.name(), entry));
  }

  /**
   * Writes the file under a temporary name and renames it; on failure nothing is left.
   *
   * @throws dev.collapsar.InvalidInputException if it cannot be written
   */
  public static void write(Path path, List<Head> heads, Map<String, String> metadata, Body body) {
    List<SafeTensorsHeader.Entry> unplaced = new ArrayList<>();
    for (Head head : heads) {
      unplaced.add(
          new SafeTensorsHeader.Entry(
              head.name(), null, head.typeName(), head.shape(), 0, head.bytes()));
    }
    List<SafeTensorsHeader.Entry> placed = SafeTensorsHeader.place(unplaced);
    byte[] header = SafeTensorsHeader.format(placed, metadata);
    NewFile.writeChannel(
        path,
        out -> {
          NewFile.writeFully(out, ByteBuffer.wrap(header));
          try {
            body.writeTo(new NewTensorFile(out, placed, header.length));
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
        });
  }

  /** The names, in the order of their bytes: to write in it is fastest. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /** Bytes of a tensor from its byte {@code at} on; several threads may do so at once. */
  public void put(String name, long at, ByteBuffer bytes) {
    SafeTensorsHeader.Entry entry = entries.get(name);
    if (at < 0 || at + bytes.remaining() > entry.end() - entry.begin()) {
      throw new IllegalArgumentException(
          "%s bytes at %s of %s".formatted(bytes.remaining(), at, name));
    }
    try {
      for (long position = dataStart + entry.begin() + at; bytes.hasRemaining(); ) {
        position += out.write(bytes, position);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

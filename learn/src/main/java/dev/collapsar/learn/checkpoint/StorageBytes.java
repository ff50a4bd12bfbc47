package dev.collapsar.learn.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The elements of a file's storages, each read once, however many tensors look into it. Whatever
 * the file claims, the memory taken is bounded by its size.
 */
final class StorageBytes {
  // Room for deflated entries and for copies of transposed or expanded tensors, none for bombs.
  private static final long EXPANSION = 8;
  private static final long SMALL = 1 << 20;

  /** Where the elements of a storage come from. */
  interface Source {
    /** Fills the buffer with the storage's elements. */
    void load(Storage storage, ByteBuffer into) throws IOException;
  }

  private final Map<String, ByteBuffer> loaded = new HashMap<>();
  private final Source source;
  private final long limit;
  private long allocated;

  StorageBytes(Source source, long fileBytes) {
    this.source = source;
    limit = Math.addExact(Math.multiplyExact(EXPANSION, fileBytes), SMALL);
  }

  /** The storage's elements, little-endian. */
  ByteBuffer of(Storage storage) throws IOException {
    ByteBuffer bytes = loaded.get(storage.key());
    if (bytes == null) {
      bytes = allocate(storage.bytes(), 1);
      source.load(storage, bytes);
      if (bytes.hasRemaining()) {
        throw new IOException("storage %s is cut short".formatted(storage.key()));
      }
      loaded.put(storage.key(), bytes.flip());
    }
    return bytes;
  }

  /** An empty buffer for so many elements of so many bytes each. */
  ByteBuffer allocate(long elements, int width) throws IOException {
    if (elements > (Integer.MAX_VALUE - Long.BYTES) / width) {
      throw new IOException("a tensor of %s elements; at most 2 GiB are read".formatted(elements));
    }
    charge(elements * width);
    return ByteBuffer.allocate((int) elements * width);
  }

  /** Counts memory that the file makes us take. */
  void charge(long bytes) throws IOException {
    allocated += bytes;
    if (bytes < 0 || allocated > limit) {
      throw new IOException(
          "its content would unfold to more than %s times its size".formatted(EXPANSION));
    }
    long room = Runtime.getRuntime().maxMemory() / 2;
    if (allocated > room) {
      throw new IOException(
          "its content takes more than %s MB, half of this JVM's memory (-Xmx)"
              .formatted(room >> 20));
    }
  }
}

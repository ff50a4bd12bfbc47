package dev.collapsar.learn.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * What {@code torch.save} wrote: a pickled object and the storages that its tensors look into.
 * Whatever the file claims, the memory taken is bounded by its size.
 */
abstract sealed class TorchFile implements Closeable permits ZipTorchFile, LegacyTorchFile {
  // Room for deflated entries and for copies of transposed or expanded tensors, none for bombs.
  private static final long EXPANSION = 8;
  private static final long SMALL = 1 << 20;

  private final Map<String, ByteBuffer> loaded = new HashMap<>();
  private final long limit;
  private long allocated;

  TorchFile(long fileBytes) {
    limit = Math.addExact(Math.multiplyExact(EXPANSION, fileBytes), SMALL);
  }

  /** The pickled object, in the values of {@link Pickle}. */
  abstract Object root();

  /** Fills the buffer with the storage's elements. */
  abstract void load(Storage storage, ByteBuffer into) throws IOException;

  /** The storage's elements, little-endian; read once, however many tensors share it. */
  final ByteBuffer bytes(Storage storage) throws IOException {
    ByteBuffer bytes = loaded.get(storage.key());
    if (bytes == null) {
      bytes = allocate(storage.count(), storage.type().bytes());
      load(storage, bytes);
      if (bytes.hasRemaining()) {
        throw new IOException("storage %s is cut short".formatted(storage.key()));
      }
      loaded.put(storage.key(), bytes.flip());
    }
    return bytes;
  }

  /** An empty buffer for so many elements of so many bytes each. */
  final ByteBuffer allocate(long elements, int width) throws IOException {
    if (elements > (Integer.MAX_VALUE - Long.BYTES) / width) {
      throw new IOException("a tensor of %d elements; at most 2 GiB are read".formatted(elements));
    }
    charge(elements * width);
    return ByteBuffer.allocate((int) elements * width);
  }

  /** Counts memory that the file makes us take. */
  final void charge(long bytes) throws IOException {
    allocated += bytes;
    if (bytes < 0 || allocated > limit) {
      throw new IOException(
          "its content would unfold to more than %d times its size".formatted(EXPANSION));
    }
    long room = Runtime.getRuntime().maxMemory() / 2;
    if (allocated > room) {
      throw new IOException(
          "its content takes more than %d MB, half of this JVM's memory (-Xmx)"
              .formatted(room >> 20));
    }
  }
}

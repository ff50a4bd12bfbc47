package dev.collapsar.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An array's elements as bytes, little-endian and row-major whatever they are in the file. */
final class ElementBytes {
  /** Rows of a column-major array are gathered in blocks of about this many bytes. */
  private static final int BLOCK = 16 << 20;

  /** Where the bytes go. */
  interface Sink {
    void accept(ByteBuffer bytes) throws IOException;
  }

  private final StoredArray array;
  private final int size;

  ElementBytes(StoredArray array) {
    this.array = array;
    this.size = array.type().bytes();
  }

  void forEach(Sink sink) throws IOException {
    if (array.columnMajor()) {
      forEachBlock(sink);
      return;
    }
    ByteBuffer scratch = ByteBuffer.allocateDirect(1 << 20);
    long elements = Shapes.elements(array.shape());
    int most = scratch.capacity() / size;
    for (long first = 0; first < elements; first += most) {
      sink.accept(
          littleEndian(array.bytes(first, (int) Math.min(most, elements - first), scratch)));
    }
  }

  /** Some rows, in memory of their own. */
  ByteBuffer rows(long from, int count) {
    int width = Math.toIntExact(array.rowLength());
    int bytes = Math.multiplyExact(count, Math.multiplyExact(width, size));
    if (!array.columnMajor()) {
      return littleEndian(array.bytes(from * width, count * width, ByteBuffer.allocate(bytes)));
    }
    ByteBuffer rows = ByteBuffer.allocate(bytes);
    ByteBuffer scratch = ByteBuffer.allocate(count * size);
    byte[] element = new byte[size];
    for (int j = 0; j < width; j++) {
      ByteBuffer column = array.bytes(j * array.rows() + from, count, scratch);
      for (int i = 0; i < count; i++) {
        column.get(element);
        rows.put((i * width + j) * size, element);
      }
    }
    return littleEndian(rows.order(scratch.order()));
  }

  private void forEachBlock(Sink sink) throws IOException {
    long rows = array.rows();
    int width = (int) array.rowLength();
    int blockRows = (int) Math.max(1, Math.min(rows, BLOCK / ((long) size * width)));
    ByteBuffer block =
        ByteBuffer.allocate(Math.multiplyExact(blockRows, Math.multiplyExact(width, size)));
    ByteBuffer scratch = ByteBuffer.allocateDirect(blockRows * size);
    byte[] element = new byte[size];
    for (long from = 0; from < rows; from += blockRows) {
      int part = (int) Math.min(blockRows, rows - from);
      block.clear().limit(part * width * size);
      for (int j = 0; j < width; j++) {
        ByteBuffer column = array.bytes(j * rows + from, part, scratch);
        for (int i = 0; i < part; i++) {
          column.get(element);
          block.put((i * width + j) * size, element);
        }
      }
      sink.accept(littleEndian(block.order(scratch.order())));
    }
  }

  /** Turns the bytes of each element round, in place, if they are the other way. */
  private ByteBuffer littleEndian(ByteBuffer bytes) {
    if (bytes.order() == ByteOrder.BIG_ENDIAN) {
      ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at < bytes.limit(); at += size) {
        switch (size) {
          case 2 -> little.putShort(at, bytes.getShort(at));
          case 4 -> little.putInt(at, bytes.getInt(at));
          case 8 -> little.putLong(at, bytes.getLong(at));
          default -> {
            return little;
          }
        }
      }
      return little;
    }
    return bytes;
  }

  /** bfloat16 as float32: the same upper half, zeros below. */
  static ByteBuffer widened(ByteBuffer halves) {
    ByteBuffer whole = ByteBuffer.allocate(2 * halves.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    while (halves.hasRemaining()) {
      whole.putInt(halves.getShort() << 16);
    }
    return whole.flip();
  }
}

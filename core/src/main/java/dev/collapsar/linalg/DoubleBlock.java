package dev.collapsar.linalg;

import java.nio.DoubleBuffer;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Doubles in the memory that a {@link Blas} computes on. Whoever asked for a block closes it; its
 * buffer must not be used afterwards.
 */
public final class DoubleBlock implements AutoCloseable {
  private final DoublePointer pointer;
  private DoubleBuffer buffer;

  private DoubleBlock(DoublePointer pointer, DoubleBuffer buffer) {
    this.pointer = pointer;
    this.buffer = buffer;
  }

  static DoubleBlock onHeap(int length) {
    return new DoubleBlock(null, DoubleBuffer.allocate(length));
  }

  static DoubleBlock outside(int length) {
    DoublePointer pointer = new DoublePointer(length);
    return new DoubleBlock(pointer, pointer.asBuffer());
  }

  /** The values, to be read and written by absolute position. */
  public DoubleBuffer buffer() {
    if (buffer == null) {
      throw new IllegalStateException("the block is closed");
    }
    return buffer;
  }

  /** A new view of the native memory from this value on; null if it is not native. */
  DoublePointer from(int at) {
    return pointer == null ? null : new DoublePointer(pointer).position(at);
  }

  @Override
  public void close() {
    buffer = null;
    if (pointer != null) {
      pointer.close();
    }
  }
}

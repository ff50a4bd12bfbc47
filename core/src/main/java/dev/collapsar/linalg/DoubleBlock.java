package dev.collapsar.linalg;

import java.nio.DoubleBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;

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

  /** Fills the block from its start with these values, row-major. */
  public void put(Matrix values) {
    buffer().put(0, values.array());
  }

  /** The address of a value, which owns nothing; null if the memory is not native. */
  DoublePointer from(int at) {
    return pointer == null ? null : new Address(pointer, at);
  }

  private static final class Address extends DoublePointer {
    Address(DoublePointer base, int at) {
      super((Pointer) null);
      address = base.address() + (long) at * Double.BYTES;
    }
  }

  @Override
  public void close() {
    buffer = null;
    if (pointer != null) {
      pointer.close();
    }
  }
}

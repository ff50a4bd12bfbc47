package dev.collapsar.linalg;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Floats in the memory that a {@link Blas} computes on. Whoever asked for a block closes it; its
 * buffer must not be used afterwards.
 */
public final class FloatBlock implements AutoCloseable {
  private final FloatPointer pointer;
  private FloatBuffer buffer;

  private FloatBlock(FloatPointer pointer, FloatBuffer buffer) {
    this.pointer = pointer;
    this.buffer = buffer;
  }

  static FloatBlock onHeap(int length) {
    return new FloatBlock(null, FloatBuffer.allocate(length));
  }

  static FloatBlock outside(int length) {
    FloatPointer pointer = new FloatPointer(length);
    return new FloatBlock(pointer, pointer.asBuffer());
  }

  /** The values, to be read and written by absolute position. */
  public FloatBuffer buffer() {
    if (buffer == null) {
      throw new IllegalStateException("the block is closed");
    }
    return buffer;
  }

  /** Fills the array with the bits of the values from {@code at} on, for work on integers. */
  public void bits(int at, int[] into) {
    if (pointer == null) {
      for (int i = 0; i < into.length; i++) {
        into[i] = Float.floatToRawIntBits(buffer().get(at + i));
      }
      return;
    }
    new IntPointer(from(at)).get(into);
  }

  /** The address of a value, which owns nothing; null if the memory is not native. */
  FloatPointer from(int at) {
    return pointer == null ? null : new Address(pointer, at);
  }

  private static final class Address extends FloatPointer {
    Address(FloatPointer base, int at) {
      super((Pointer) null);
      address = base.address() + (long) at * Float.BYTES;
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

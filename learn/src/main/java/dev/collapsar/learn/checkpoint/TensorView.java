package dev.collapsar.learn.checkpoint;

import dev.collapsar.data.FileTensor;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A strided view of a storage: element (i, j, ...) is the storage's element {@code offset + i *
 * strides[0] + j * strides[1] + ...}.
 *
 * @param negative whether the tensor's elements are the storage's with the other sign (PyTorch's
 *     negative bit, as {@code z.conj().imag} has it)
 * @param conjugate whether they are the storage's complex conjugates
 * @param attributes the Python attributes that it had, or null; nothing here keeps them
 */
record TensorView(
    Storage storage,
    long offset,
    long[] shape,
    long[] strides,
    boolean negative,
    boolean conjugate,
    Object attributes) {
  private static final int MOST_DIMENSIONS = 64;

  static TensorView of(Storage storage, long offset, long[] shape, long[] strides) {
    return new TensorView(storage, offset, shape, strides, false, false, null);
  }

  TensorView withBits(boolean negated, boolean conjugated) {
    return new TensorView(storage, offset, shape, strides, negated, conjugated, attributes);
  }

  TensorView withAttributes(Object own) {
    return new TensorView(storage, offset, shape, strides, negative, conjugate, own);
  }

  /** Whether its elements are of a type that is calculated with here. */
  boolean isRead() {
    return storage.element().type() != null;
  }

  /** Whether safetensors has a type for its elements. */
  boolean isCopied() {
    return storage.element().name() != null;
  }

  /**
   * The tensor in row-major order; it shares the storage's memory if the view is row-major already.
   *
   * @throws IOException if the view reaches outside of its storage
   */
  StoredTensor read(StorageBytes bytes) throws IOException {
    return new StoredTensor(storage.element().type(), shape, elements(bytes));
  }

  /** Likewise of any type that safetensors has a name for. */
  FileTensor copied(String name, StorageBytes bytes) throws IOException {
    Element element = storage.element();
    ByteBuffer own = elements(bytes);
    return FileTensor.of(name, element.name(), element.shape(name, shape), own);
  }

  private ByteBuffer elements(StorageBytes bytes) throws IOException {
    long elements = elements();
    int width = storage.element().bytes();
    if (elements == 0) {
      return ByteBuffer.allocate(0);
    }
    ByteBuffer from = bytes.of(storage);
    if (isRowMajor() && !negative && !conjugate) {
      return from.slice((int) offset * width, (int) elements * width);
    }
    ByteBuffer into = bytes.allocate(elements, width);
    long[] index = new long[shape.length];
    long at = offset;
    while (into.hasRemaining()) {
      into.put(from.slice((int) (at * width), width));
      // The next index in row-major order, and where it lies.
      for (int i = shape.length - 1; i >= 0; i--) {
        at += strides[i];
        if (++index[i] < shape[i]) {
          break;
        }
        at -= shape[i] * strides[i];
        index[i] = 0;
      }
    }
    changeSigns(into, width);
    return into.flip();
  }

  /**
   * Changes the signs that the bits change. A sign is the highest bit, and the last byte of a
   * little-endian number has it; of a complex element two numbers do, and the second alone has
   * another one in the conjugate.
   */
  private void changeSigns(ByteBuffer elements, int width) {
    if (negative && storage.element().isComplex()) {
      changeSigns(elements, width / 2, width);
    }
    if (negative != conjugate) {
      changeSigns(elements, width, width);
    }
  }

  private static void changeSigns(ByteBuffer elements, int end, int width) {
    for (int last = end - 1; last < elements.position(); last += width) {
      elements.put(last, (byte) (elements.get(last) ^ 0x80));
    }
  }

  /** The number of elements, after a check that each lies inside the storage. */
  private long elements() throws IOException {
    boolean plausible =
        shape.length == strides.length && shape.length <= MOST_DIMENSIONS && offset >= 0;
    long elements = 1;
    long last = offset;
    try {
      for (int i = 0; i < shape.length && plausible; i++) {
        plausible = shape[i] >= 0 && strides[i] >= 0;
        elements = Math.multiplyExact(elements, shape[i]);
        last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
      }
    } catch (ArithmeticException e) {
      plausible = false;
    }
    if (!plausible || (elements > 0 && last >= storage.count())) {
      throw new IOException(
          ("a tensor of shape %s, strides %s, offset %s reaches outside of its storage of"
                  + " %s elements")
              .formatted(
                  Arrays.toString(shape), Arrays.toString(strides), offset, storage.count()));
    }
    return elements;
  }

  private boolean isRowMajor() {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape[i];
    }
    return true;
  }
}

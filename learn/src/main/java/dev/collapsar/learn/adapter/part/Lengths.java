package dev.collapsar.learn.adapter.part;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import java.util.Arrays;

/** Arithmetic on shapes that strangers wrote. */
public final class Lengths {
  private Lengths() {}

  /** The product of the lengths from dimension {@code from} on. */
  public static long product(long[] shape, int from) {
    long product = 1;
    for (int i = from; i < shape.length; i++) {
      product = Math.multiplyExact(product, shape[i]);
    }
    return product;
  }

  /** Whether a weight has so many outputs, and so many elements each. */
  public static boolean isMatrix(long[] shape, long rows, long columns) {
    return shape.length >= 2 && shape[0] == rows && product(shape, 1) == columns;
  }

  /** Without ones at the end, as a linear layer and a 1x1 convolution are the same. */
  public static long[] trimmed(long[] shape) {
    int length = shape.length;
    while (length > 2 && shape[length - 1] == 1) {
      length--;
    }
    return Arrays.copyOf(shape, length);
  }

  /** A length that an array may have. */
  public static int index(long length) {
    if (length > Integer.MAX_VALUE - Long.BYTES) {
      throw new InvalidInputException(
          "%s elements in a row or matrix are more than can be held".formatted(length));
    }
    return (int) length;
  }

  public static void require(
      boolean condition, String module, String problem, FileTensor... tensors) {
    if (!condition) {
      throw new InvalidInputException(
          "%s: %s: %s"
              .formatted(
                  module,
                  problem,
                  String.join(", ", Arrays.stream(tensors).map(Object::toString).toList())));
    }
  }
}

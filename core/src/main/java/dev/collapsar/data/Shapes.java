package dev.collapsar.data;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Arithmetic on shapes that strangers wrote. */
final class Shapes {
  private Shapes() {}

  /**
   * The bytes that an array of this shape takes.
   *
   * @throws ArithmeticException if that is beyond a long
   * @throws IllegalArgumentException if a length is negative
   */
  static long bytes(long[] shape, ElementType type) {
    return Math.multiplyExact(elements(shape), (long) type.bytes());
  }

  static long elements(long[] shape) {
    long elements = 1;
    for (long length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("a negative length in shape " + text(shape));
      }
      elements = Math.multiplyExact(elements, length);
    }
    return elements;
  }

  /** As Python writes a tuple: {@code (2000, 64)}, {@code (2000,)}, {@code ()}. */
  static String text(long[] shape) {
    String lengths =
        Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "(" + lengths + (shape.length == 1 ? ",)" : ")");
  }
}

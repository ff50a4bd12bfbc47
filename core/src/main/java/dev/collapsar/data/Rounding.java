package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Doubles as elements of a floating type, each rounded once: to the nearest, ties to even. A way
 * through float32, as PyTorch's conversion to the half types takes, would round twice.
 */
public final class Rounding {
  private Rounding() {}

  /**
   * Puts {@code count} values from {@code at} on at the buffer's position, little-endian if the
   * buffer is.
   *
   * @throws IllegalArgumentException unless the type is {@link ElementType#isFloating}
   */
  public static void put(ElementType type, double[] from, int at, int count, ByteBuffer into) {
    switch (type) {
      case F64 -> {
        for (int i = 0; i < count; i++) {
          into.putDouble(from[at + i]);
        }
      }
      case F32 -> {
        for (int i = 0; i < count; i++) {
          into.putFloat((float) from[at + i]);
        }
      }
      case BF16 -> {
        short[] rounded = new short[count];
        for (int i = 0; i < count; i++) {
          rounded[i] = bfloat16(from[at + i]);
        }
        into.asShortBuffer().put(rounded);
        into.position(into.position() + count * Short.BYTES);
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into.putShort(float16(from[at + i]));
        }
      }
      default -> throw new IllegalArgumentException(type + " elements are not real numbers");
    }
  }

  /** What such elements are, exactly; from the buffer's position on. */
  public static double[] read(ElementType type, ByteBuffer from, int count) {
    double[] values = new double[count];
    type.get(from.order(ByteOrder.LITTLE_ENDIAN), values, 0, count);
    return values;
  }

  /** The smallest magnitude that no finite number of the type is nearest to. */
  public static double beyond(ElementType type) {
    return switch (type) {
      case F16 -> 65520;
      case BF16 -> 0x1.FFp127;
      case F32 -> 0x1.FFFFFFp127;
      case F64 -> Double.POSITIVE_INFINITY;
      default -> throw new IllegalArgumentException(type + " elements are not real numbers");
    };
  }

  /**
   * By way of the nearest float, which is as good unless that lies in the middle between two
   * numbers (the first rounding may have brought it there) or is none.
   */
  private static short bfloat16(double value) {
    int bits = Float.floatToRawIntBits((float) value);
    boolean plain = (bits & 0xffff) != 0x8000 && (bits & 0x7fffffff) <= 0x7f800000;
    return plain ? (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16) : oddBfloat16(value);
  }

  private static short oddBfloat16(double value) {
    int bits = Float.floatToRawIntBits(toOdd(value));
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  private static short float16(double value) {
    int bits = Float.floatToRawIntBits(toOdd(value));
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x47800000) { // 2^16 and above, infinite, not a number
      return (short) (sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0));
    }
    if (magnitude < 0x38800000) { // below 2^-14: multiples of 2^-24
      return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24));
    }
    int rebased = magnitude - 0x38000000;
    return (short) (sign | rebased + 0xfff + (rebased >>> 13 & 1) >>> 13);
  }

  /**
   * Rounding to odd: towards zero, then the last bit set if anything was lost. A second rounding to
   * a type of at least two bits less is then as good as a single one (Boldo and Melquiond 2008).
   */
  private static float toOdd(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value)) {
      return nearest;
    }
    float inward = Math.abs(nearest) > Math.abs(value) ? Math.nextAfter(nearest, 0) : nearest;
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(inward) | 1 | (value < 0 ? Integer.MIN_VALUE : 0));
  }
}

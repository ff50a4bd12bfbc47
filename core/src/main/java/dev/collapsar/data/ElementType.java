package dev.collapsar.data;

import java.nio.ByteBuffer;

/**
 * How one number of an array stands in a file. Named as safetensors does; {@link #toString} gives
 * the name that numpy and PyTorch users know ({@code float32}).
 */
public enum ElementType {
  BOOL("bool", 1),
  U8("uint8", 1),
  I8("int8", 1),
  I16("int16", 2),
  U16("uint16", 2),
  F16("float16", 2),
  BF16("bfloat16", 2),
  I32("int32", 4),
  U32("uint32", 4),
  F32("float32", 4),
  F64("float64", 8),
  I64("int64", 8),
  U64("uint64", 8);

  private final String common;
  private final int bytes;

  ElementType(String common, int bytes) {
    this.common = common;
    this.bytes = bytes;
  }

  /** The size of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether the elements are real numbers; the others are integers and truth values. */
  public boolean isFloating() {
    return this == F16 || this == BF16 || this == F32 || this == F64;
  }

  /**
   * Takes {@code count} elements from the buffer's position on, in the buffer's byte order, as
   * floats. Exact for all floating types but {@link #F64}, which is rounded to nearest.
   *
   * @throws IllegalArgumentException unless {@link #isFloating}
   */
  void get(ByteBuffer from, float[] into, int at, int count) {
    switch (this) {
      case F32 -> from.asFloatBuffer().get(into, at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = half(from.getShort(from.position() + 2 * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = Float.intBitsToFloat(from.getShort(from.position() + 2 * i) << 16);
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (float) from.getDouble(from.position() + 8 * i);
        }
      }
      default -> throw notReal();
    }
    from.position(from.position() + count * bytes);
  }

  /** As the other, exactly, into doubles. */
  void get(ByteBuffer from, double[] into, int at, int count) {
    if (this == F64) {
      from.asDoubleBuffer().get(into, at, count);
      from.position(from.position() + count * bytes);
      return;
    }
    if (this == BF16) {
      short[] upper = new short[count]; // in bulk, several times as fast as one by one
      from.asShortBuffer().get(upper);
      for (int i = 0; i < count; i++) {
        into[at + i] = Float.intBitsToFloat(upper[i] << 16);
      }
      from.position(from.position() + count * bytes);
      return;
    }
    float[] single = new float[count];
    get(from, single, 0, count);
    for (int i = 0; i < count; i++) {
      into[at + i] = single[i];
    }
  }

  /**
   * The largest finite number there is.
   *
   * @throws IllegalArgumentException unless {@link #isFloating}
   */
  public double largest() {
    return switch (this) {
      case F16 -> 65504;
      case BF16 -> 0x1.fep127;
      case F32 -> Float.MAX_VALUE;
      case F64 -> Double.MAX_VALUE;
      default -> throw notReal();
    };
  }

  /**
   * Half the distance from 1 to the next larger number: how far rounding moves a number at most, as
   * a share of it (not where numbers are subnormal).
   *
   * @throws IllegalArgumentException unless {@link #isFloating}
   */
  public double roundoff() {
    return switch (this) {
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case F32 -> 0x1p-24;
      case F64 -> 0x1p-53;
      default -> throw notReal();
    };
  }

  private IllegalArgumentException notReal() {
    return new IllegalArgumentException(this + " elements are not real numbers");
  }

  /**
   * The integer at {@code index} bytes in the buffer. A {@link #U64} beyond the range of long comes
   * out as {@link Long#MAX_VALUE}, which no label may have anyway.
   */
  long integer(ByteBuffer from, int index) {
    return switch (this) {
      case BOOL -> from.get(index) != 0 ? 1 : 0;
      case U8 -> Byte.toUnsignedLong(from.get(index));
      case I8 -> from.get(index);
      case I16 -> from.getShort(index);
      case U16 -> Short.toUnsignedLong(from.getShort(index));
      case I32 -> from.getInt(index);
      case U32 -> Integer.toUnsignedLong(from.getInt(index));
      case I64 -> from.getLong(index);
      case U64 -> from.getLong(index) < 0 ? Long.MAX_VALUE : from.getLong(index);
      default -> throw new IllegalArgumentException(this + " elements are not integers");
    };
  }

  /** An IEEE 754 binary16 as the float of the same value. */
  private static float half(short bits) {
    int magnitude = (bits & 0x7fff) << 13;
    // Shifting the exponent field by a multiplication is exact and also right for subnormals.
    float value =
        (bits & 0x7c00) == 0x7c00
            ? Float.intBitsToFloat(magnitude | 0x7f800000)
            : Float.intBitsToFloat(magnitude) * 0x1p112f;
    return bits < 0 ? -value : value;
  }

  @Override
  public String toString() {
    return common;
  }
}

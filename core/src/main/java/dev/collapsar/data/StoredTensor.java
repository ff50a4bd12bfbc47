package dev.collapsar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor in memory as it stands in a file.
 *
 * @param shape the length of each dimension, empty for a single number; row-major
 * @param data the elements, little-endian, exactly as many bytes as the shape needs. The tensor
 *     looks at this buffer (from its position to its limit) and does not copy it; every call of
 *     {@link #data} gives a view with its own position.
 */
public record StoredTensor(ElementType type, long[] shape, ByteBuffer data) {
  /**
   * @throws IllegalArgumentException if the buffer's length is not that of the shape
   */
  public StoredTensor {
    shape = shape.clone();
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (Shapes.bytes(shape, type) != data.limit()) {
      throw new IllegalArgumentException(
          "a %s tensor of shape %s needs %s bytes, got %s"
              .formatted(type, Shapes.text(shape), Shapes.bytes(shape, type), data.limit()));
    }
  }

  /**
   * Rows (of the first dimension) of an array as they are stored, whatever their type.
   *
   * @return (rows, ...)
   * @throws dev.collapsar.InvalidInputException if the array holds no numbers, or more than two
   *     dimensions in Fortran order
   */
  public static StoredTensor ofRows(StoredArray array, long from, int rows) {
    array.requireRows();
    long[] part = array.shape();
    part[0] = rows;
    return new StoredTensor(array.type(), part, new ElementBytes(array).rows(from, rows));
  }

  /** A single precision tensor with a copy of the values, row-major. */
  public static StoredTensor of(float[] values, long... shape) {
    ByteBuffer data =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return new StoredTensor(ElementType.F32, shape, data);
  }

  /** A double precision tensor with a copy of the values, row-major. */
  public static StoredTensor of(double[] values, long... shape) {
    ByteBuffer data =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    data.asDoubleBuffer().put(values);
    return new StoredTensor(ElementType.F64, shape, data);
  }

  /**
   * A tensor of this type with the values, row-major, each rounded once to the nearest number of
   * the type (of two that are as near to the even one); beyond its range to infinity.
   *
   * @throws IllegalArgumentException if its elements are not real numbers
   */
  public static StoredTensor rounded(ElementType type, double[] values, long... shape) {
    ByteBuffer data =
        ByteBuffer.allocate(Math.multiplyExact(values.length, type.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    Rounding.put(type, values, 0, values.length, data);
    return new StoredTensor(type, shape, data.flip());
  }

  /** A tensor of 32-bit integers with a copy of the values, row-major. */
  public static StoredTensor of(int[] values, long... shape) {
    ByteBuffer data =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    data.asIntBuffer().put(values);
    return new StoredTensor(ElementType.I32, shape, data);
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The number of elements. */
  public int elements() {
    return data.limit() / type.bytes();
  }

  /**
   * The elements as floats, row-major: exact for float16, bfloat16 and float32, rounded to nearest
   * for float64.
   *
   * @throws IllegalArgumentException if the elements are not real numbers
   */
  public float[] toFloats() {
    float[] values = new float[elements()];
    type.get(data(), values, 0, values.length);
    return values;
  }

  /**
   * The elements as doubles, exactly, row-major.
   *
   * @throws IllegalArgumentException if the elements are not real numbers
   */
  public double[] toDoubles() {
    double[] values = new double[elements()];
    type.get(data(), values, 0, values.length);
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredTensor that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && data.equals(that.data);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * type.hashCode() + Arrays.hashCode(shape)) + data.hashCode();
  }

  @Override
  public String toString() {
    return type + " " + Shapes.text(shape);
  }
}

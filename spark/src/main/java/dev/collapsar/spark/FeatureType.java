package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;

/** How a column holds the features of a row. */
enum FeatureType {
  FLOATS,
  DOUBLES,
  /** float32, little-endian. */
  BINARY;

  /** Null if a column of this type holds no features. */
  static FeatureType of(DataType type) {
    if (type.equals(DataTypes.BinaryType)) {
      return BINARY;
    }
    DataType element = type instanceof ArrayType array ? array.elementType() : null;
    return DataTypes.FloatType.equals(element)
        ? FLOATS
        : DataTypes.DoubleType.equals(element) ? DOUBLES : null;
  }

  /** How many features a value of the column holds. */
  int width(Object value) {
    return this == BINARY ? ((byte[]) value).length / Float.BYTES : list(value).size();
  }

  /**
   * Copies a row's features.
   *
   * @param value a byte[] or a list of numbers
   * @throws InvalidInputException if they are not as many as the width, or one is null
   */
  void copy(Object value, int width, Values to, int row) {
    if (this == BINARY) {
      copy((byte[]) value, width, to, row);
      return;
    }
    List<?> numbers = list(value);
    requireWidth(numbers.size(), width);
    int at = row * width;
    for (Object number : numbers) {
      if (number == null) {
        throw new InvalidInputException("has null at feature " + (at - row * width));
      }
      if (this == FLOATS) {
        to.floats[at++] = (Float) number;
      } else {
        to.doubles[at++] = (Double) number;
      }
    }
  }

  static void copy(byte[] bytes, int width, Values to, int row) {
    if (bytes.length != width * Float.BYTES) {
      throw new InvalidInputException(
          "has %s bytes of features, where %s float32 need %s"
              .formatted(bytes.length, width, width * Float.BYTES));
    }
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(to.floats, row * width, width);
  }

  static void requireWidth(int found, int width) {
    if (found != width) {
      throw new InvalidInputException("has %s features, the first row %s".formatted(found, width));
    }
  }

  private static List<?> list(Object value) {
    return scala.jdk.javaapi.CollectionConverters.asJava((scala.collection.Seq<?>) value);
  }

  /** Room for the features of some rows, in the precision of the column. */
  Values room(int rows, int width) {
    return this == DOUBLES
        ? new Values(null, new double[rows * width])
        : new Values(new float[rows * width], null);
  }

  /** The elements of consecutive rows of a columnar array, in one piece. */
  Values elements(ColumnVector elements, int from, int count) {
    return this == DOUBLES
        ? new Values(null, elements.getDoubles(from, count))
        : new Values(elements.getFloats(from, count), null);
  }

  /** Features of some rows, row-major; one of the two arrays is null. */
  record Values(float[] floats, double[] doubles) {}
}

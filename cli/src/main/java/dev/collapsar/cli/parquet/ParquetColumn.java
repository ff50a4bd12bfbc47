package dev.collapsar.cli.parquet;

import dev.collapsar.data.ArrayFormat;
import dev.collapsar.data.ElementType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** A leaf of a Parquet file's schema: what is in it, and the value that its reader stands at. */
record ParquetColumn(ColumnDescriptor leaf) {
  /** What lists are called within themselves, by who writes them. */
  private static final Set<String> WRAPPERS =
      Set.of("list", "element", "item", "array", "bag", "array_element");

  /** Whole numbers up to this one are told apart in double precision. */
  private static final long LARGEST = 1L << 53;

  enum Kind {
    NUMBER,
    NUMBERS,
    TEXT,
    OTHER
  }

  Kind kind() {
    boolean list = leaf.getMaxRepetitionLevel() == 1;
    if (leaf.getMaxRepetitionLevel() > 1 || isIndex()) {
      return Kind.OTHER;
    }
    if (isNumber()) {
      return list ? Kind.NUMBERS : Kind.NUMBER;
    }
    return isText() && !list ? Kind.TEXT : Kind.OTHER;
  }

  /** Of a list the name of the column that holds it. */
  String name() {
    String[] path = leaf.getPath();
    return leaf.getMaxRepetitionLevel() == 0
        ? String.join(".", path)
        : Stream.concat(
                Stream.of(path[0]),
                Arrays.stream(path).skip(1).filter(part -> !WRAPPERS.contains(part)))
            .collect(Collectors.joining("."));
  }

  /** Whether it is the index that pandas keeps beside the columns of a table. */
  boolean isIndex() {
    return leaf.getPath()[0].startsWith("__index_level_");
  }

  boolean isLabel() {
    return ArrayFormat.namesLabels(name());
  }

  /** What its values become. */
  ElementType type() {
    return switch (primitive()) {
      case FLOAT -> ElementType.F32;
      case DOUBLE -> ElementType.F64;
      case FIXED_LEN_BYTE_ARRAY -> ElementType.F32;
      default -> ElementType.I64;
    };
  }

  /** Its name and what it is of, for who wonders where it is. */
  String described() {
    LogicalTypeAnnotation logical = logical();
    String type = logical == null ? primitive().toString() : logical.toString();
    return "column '%s' (%s%s)"
        .formatted(
            name(),
            "lists of ".repeat(leaf.getMaxRepetitionLevel()),
            type.toLowerCase(Locale.ROOT));
  }

  private PrimitiveTypeName primitive() {
    return leaf.getPrimitiveType().getPrimitiveTypeName();
  }

  private LogicalTypeAnnotation logical() {
    return leaf.getPrimitiveType().getLogicalTypeAnnotation();
  }

  private boolean isNumber() {
    return switch (primitive()) {
      case FLOAT, DOUBLE, BOOLEAN -> true;
      case INT32, INT64 -> logical() == null || logical() instanceof IntLogicalTypeAnnotation;
      case FIXED_LEN_BYTE_ARRAY -> isHalf();
      default -> false; // BINARY, and INT96, which are times
    };
  }

  private boolean isHalf() {
    return LogicalTypeAnnotation.float16Type().equals(logical());
  }

  private boolean isText() {
    LogicalTypeAnnotation logical = logical();
    return primitive() == PrimitiveTypeName.BINARY
        && (LogicalTypeAnnotation.stringType().equals(logical)
            || LogicalTypeAnnotation.enumType().equals(logical));
  }

  private boolean isUnsigned() {
    return logical() instanceof IntLogicalTypeAnnotation whole && !whole.isSigned();
  }

  /** Whether the reader stands at a value, not at a gap or an empty list. */
  boolean isThere(ColumnReader reader) {
    return reader.getCurrentDefinitionLevel() == leaf.getMaxDefinitionLevel();
  }

  /**
   * The number that the reader stands at.
   *
   * @throws ArithmeticException if it is a whole number that double precision does not hold
   */
  double number(ColumnReader reader) {
    return switch (primitive()) {
      case FLOAT -> reader.getFloat();
      case DOUBLE -> reader.getDouble();
      case BOOLEAN -> reader.getBoolean() ? 1 : 0;
      case INT32 ->
          isUnsigned() ? Integer.toUnsignedLong(reader.getInteger()) : reader.getInteger();
      case INT64 -> exact(reader.getLong());
      default -> half(reader.getBinary().getBytesUnsafe());
    };
  }

  private double exact(long value) {
    if (value > LARGEST || value < -LARGEST || isUnsigned() && value < 0) {
      throw new ArithmeticException(
          isUnsigned() ? Long.toUnsignedString(value) : Long.toString(value));
    }
    return value;
  }

  /** IEEE 754 binary16, little-endian. */
  private static double half(byte[] bytes) {
    int bits = bytes[0] & 0xff | (bytes[1] & 0xff) << 8;
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    double size =
        exponent == 0x1f
            ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
            : exponent == 0
                ? Math.scalb((double) fraction, -24)
                : Math.scalb((double) (fraction | 0x400), exponent - 25);
    return bits >> 15 == 0 ? size : -size;
  }

  String text(ColumnReader reader) {
    return isThere(reader) ? reader.getBinary().toStringUsingUTF8() : "";
  }
}

package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.spark.FeatureType.Values;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The two columns that are read, label first or features first as the data have them, or the
 * features alone.
 *
 * @param names as the data spell them
 * @param labelAt the place of the label, -1 for none
 * @param width D
 */
record Columns(
    List<String> names, int labelAt, int featuresAt, DataType label, FeatureType type, int width)
    implements Serializable {
  /** Rows decoded together: at usual widths they stay in the second-level cache. */
  static final int BATCH_ROWS = 512;

  private static final Set<DataType> INTEGERS =
      Set.of(DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

  /**
   * The columns of these names, of a width that is not yet known.
   *
   * @param label null for none
   * @throws InvalidInputException if there is no such column or it is of another type
   */
  static Columns find(String data, StructType schema, String label, String features) {
    StructField found = find(data, schema, features);
    FeatureType type = FeatureType.of(found.dataType());
    if (type == null) {
      throw new InvalidInputException(
          "%s: column '%s' is %s; features are array<float>, array<double>, or binary with"
                  .formatted(data, found.name(), found.dataType().simpleString())
              + " float32 little-endian");
    }
    if (label == null) {
      return new Columns(List.of(found.name()), -1, 0, null, type, 0);
    }
    StructField classes = find(data, schema, label);
    if (!INTEGERS.contains(classes.dataType())) {
      throw new InvalidInputException(
          "%s: column '%s' is %s; labels are tinyint, smallint, int or bigint"
              .formatted(data, classes.name(), classes.dataType().simpleString()));
    }
    boolean first = schema.fieldIndex(classes.name()) < schema.fieldIndex(found.name());
    return new Columns(
        first ? List.of(classes.name(), found.name()) : List.of(found.name(), classes.name()),
        first ? 0 : 1,
        first ? 1 : 0,
        classes.dataType(),
        type,
        0);
  }

  private static StructField find(String data, StructType schema, String name) {
    return Arrays.stream(schema.fields())
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "%s: has no column '%s'; there are: %s"
                        .formatted(
                            data,
                            name,
                            Arrays.stream(schema.fields())
                                .map(f -> f.name() + " " + f.dataType().simpleString())
                                .collect(Collectors.joining(", ")))));
  }

  boolean labelled() {
    return labelAt >= 0;
  }

  /** The same in the other order. */
  Columns swapped() {
    return labelled()
        ? new Columns(List.of(names.get(1), names.get(0)), featuresAt, labelAt, label, type, width)
        : this;
  }

  Columns withWidth(int width) {
    return new Columns(names, labelAt, featuresAt, label, type, width);
  }

  LabeledBatch batch(Values values, int[] labels, long firstRow, int rows) {
    return values.doubles() != null
        ? LabeledBatch.of(values.doubles(), labels, firstRow, rows, width)
        : LabeledBatch.of(values.floats(), labels, firstRow, rows, width);
  }
}

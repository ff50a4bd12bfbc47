package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.spark.FeatureType.Values;
import java.util.Iterator;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * The batches of Spark's vectorised Parquet reader, whose features already stand row after row in
 * one array: one copy a batch.
 */
final class ColumnarBatches implements Iterator<LabeledBatch> {
  private final Columns columns;
  private final Iterator<ColumnarBatch> batches;
  private long done;

  ColumnarBatches(Columns columns, Iterator<ColumnarBatch> batches) {
    this.columns = columns;
    this.batches = batches;
  }

  @Override
  public boolean hasNext() {
    return batches.hasNext();
  }

  @Override
  public LabeledBatch next() {
    ColumnarBatch batch = batches.next();
    int rows = batch.numRows();
    int[] labels =
        columns.labelled() ? labels(batch.column(columns.labelAt()), rows) : new int[rows];
    ColumnVector features = batch.column(columns.featuresAt());
    if (features.hasNull()) {
      throw new InvalidInputException("a row has no features");
    }
    Values values =
        columns.type() == FeatureType.BINARY ? binary(features, rows) : array(features, rows);
    done += rows;
    return columns.batch(values, labels, done - rows, rows);
  }

  private int[] labels(ColumnVector column, int rows) {
    if (column.hasNull()) {
      throw new InvalidInputException("a row has no label");
    }
    if (columns.label().equals(DataTypes.IntegerType)) {
      return column.getInts(0, rows);
    }
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] =
          columns.label().equals(DataTypes.LongType)
              ? RowBatches.label(column.getLong(i))
              : columns.label().equals(DataTypes.ShortType)
                  ? column.getShort(i)
                  : column.getByte(i);
    }
    return labels;
  }

  private Values array(ColumnVector features, int rows) {
    WritableColumnVector lists = (WritableColumnVector) features;
    WritableColumnVector elements = lists.arrayData();
    int width = columns.width();
    int first = rows == 0 ? 0 : lists.getArrayOffset(0);
    for (int i = 0; i < rows; i++) {
      FeatureType.requireWidth(lists.getArrayLength(i), width);
      if (lists.getArrayOffset(i) != first + i * width) {
        throw new IllegalStateException("a columnar batch has gaps between its arrays");
      }
    }
    if (elements.hasNull()) {
      throw new InvalidInputException("a feature is null");
    }
    return columns.type().elements(elements, first, rows * width);
  }

  private Values binary(ColumnVector features, int rows) {
    Values values = columns.type().room(rows, columns.width());
    for (int i = 0; i < rows; i++) {
      FeatureType.copy(features.getBinary(i), columns.width(), values, i);
    }
    return values;
  }
}

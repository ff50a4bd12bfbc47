package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.spark.FeatureType.Values;
import java.util.Iterator;
import org.apache.spark.sql.Row;

/** Rows of any plan in batches, by Spark's public interface alone. */
final class RowBatches implements Iterator<LabeledBatch> {
  private final Columns columns;
  private final Iterator<Row> rows;
  private long done;

  RowBatches(Columns columns, Iterator<Row> rows) {
    this.columns = columns;
    this.rows = rows;
  }

  @Override
  public boolean hasNext() {
    return rows.hasNext();
  }

  @Override
  public LabeledBatch next() {
    Values values = columns.type().room(Columns.BATCH_ROWS, columns.width());
    int[] labels = new int[Columns.BATCH_ROWS];
    int held = 0;
    while (held < Columns.BATCH_ROWS && rows.hasNext()) {
      read(columns, rows.next(), values, labels, held++);
    }
    done += held;
    return columns.batch(values, labels, done - held, held);
  }

  /**
   * Reads one row.
   *
   * @throws InvalidInputException saying what is wrong with it: "has ..."
   */
  static void read(Columns columns, Row row, Values values, int[] labels, int at) {
    if (columns.labelled()) {
      Object label = row.get(columns.labelAt());
      if (label == null) {
        throw new InvalidInputException("has no label");
      }
      labels[at] = label(((Number) label).longValue());
    }
    Object features = row.get(columns.featuresAt());
    if (features == null) {
      throw new InvalidInputException("has no features");
    }
    columns.type().copy(features, columns.width(), values, at);
  }

  static int label(long label) {
    if (label != (int) label) {
      throw new InvalidInputException(
          "has label %s; labels are in 0..%s".formatted(label, Integer.MAX_VALUE));
    }
    return (int) label;
  }
}

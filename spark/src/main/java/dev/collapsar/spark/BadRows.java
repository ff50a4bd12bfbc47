package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.spark.FeatureType.Values;
import java.util.Iterator;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Looks up which row of which file a task has complained of. */
final class BadRows {
  private final String data;
  private final Dataset<Row> rows;
  private final Columns columns;
  private final int classes;

  BadRows(String data, Dataset<Row> rows, Columns columns, int classes) {
    this.data = data;
    this.rows = rows;
    this.columns = columns;
    this.classes = classes;
  }

  /** One line that names the file, the row in it, what it has and what is allowed. */
  InvalidInputException find(Complaint complaint) {
    Column[] read = columns.names().stream().map(FeatureScan::column).toArray(Column[]::new);
    if (!complaint.file().isEmpty()) {
      try {
        Column[] numbered = new Column[read.length + 1];
        System.arraycopy(read, 0, numbered, 0, read.length);
        numbered[read.length] = functions.col("_metadata.row_index");
        Dataset<Row> file =
            rows.filter(functions.col("_metadata.file_path").equalTo(complaint.file()))
                .select(numbered);
        return new InvalidInputException(
            "%s: %s".formatted(readable(complaint.file()), describe(file, true, complaint)));
      } catch (Exception e) {
        requireWithoutRowNumbers(e);
      }
    }
    return new InvalidInputException(
        "%s: %s".formatted(data, describe(rows.select(read), false, complaint)));
  }

  /** Spark throws checked exceptions that it does not declare; this one is of plans and formats. */
  private static void requireWithoutRowNumbers(Exception e) {
    if (!(e instanceof AnalysisException)) {
      throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
  }

  private String describe(Dataset<Row> read, boolean numbered, Complaint complaint) {
    Values values = columns.type().room(1, columns.width());
    int[] label = new int[1];
    for (Iterator<Row> all = read.toLocalIterator(); all.hasNext(); ) {
      Row row = all.next();
      String problem = problem(row, values, label);
      if (problem != null) {
        return numbered
            ? "row %s %s".formatted(row.getLong(row.length() - 1), problem)
            : "a row " + problem;
      }
    }
    return complaint.getMessage();
  }

  /** What is wrong with a row: "has ...", or null. */
  private String problem(Row row, Values values, int[] label) {
    try {
      RowBatches.read(columns, row, values, label, 0);
    } catch (InvalidInputException e) {
      return e.getMessage();
    }
    if (label[0] < 0 || label[0] >= classes) {
      return "has label %s, which is not in 0..%s".formatted(label[0], classes - 1);
    }
    for (int j = 0; j < columns.width(); j++) {
      double value = values.doubles() != null ? values.doubles()[j] : values.floats()[j];
      if (!Double.isFinite(value)) {
        return "has %s at feature %s, where a finite number is needed".formatted(value, j);
      }
    }
    return null;
  }

  static String readable(String file) {
    return file.replaceFirst("^file:/+", "/");
  }
}

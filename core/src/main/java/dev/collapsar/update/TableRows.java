package dev.collapsar.update;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.function.BiConsumer;

/** A table's rows, some at a time, in double precision. */
final class TableRows {
  private static final int BATCH = 1024;

  private TableRows() {}

  /**
   * @param each hears rows (n,D) and their labels (n), in order
   */
  static void each(FeatureTable table, BiConsumer<Matrix, int[]> each) {
    try (BatchSource source = table.read(BATCH)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        int from = batch.start() * batch.width();
        int to = from + batch.rows() * batch.width();
        Matrix rows =
            batch.isDouble()
                ? Matrix.of(
                    batch.rows(), batch.width(), Arrays.copyOfRange(batch.doubles(), from, to))
                : Matrix.of(
                    batch.rows(), batch.width(), Arrays.copyOfRange(batch.floats(), from, to));
        each.accept(
            rows, Arrays.copyOfRange(batch.labels(), batch.start(), batch.start() + batch.rows()));
      }
    }
  }
}

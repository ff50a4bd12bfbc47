package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.learn.batch.ArraySamples;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.random.Seed;
import java.util.stream.IntStream;

/** Inputs that a user has already prepared, row by row, for networks that take flat ones. */
final class FeatureInputs {
  private static final int ROWS_AT_ONCE = 256;

  private FeatureInputs() {}

  /**
   * The first rows of a table in their order, as a pass; float64 is rounded to float32.
   *
   * @param limit at most so many rows
   * @param width what the network takes
   * @param source the table as the user spelled it
   * @throws InvalidInputException if its rows are of another width
   */
  static OrderedBatches pass(
      FeatureTable table, int limit, int width, int classes, int batchSize, String source) {
    if (table.width() != width) {
      throw new InvalidInputException(
          "%s: has %s numbers a row; the network takes %s".formatted(source, table.width(), width));
    }
    int rows = (int) Math.min(limit, table.rows());
    float[] values = new float[Math.multiplyExact(rows, width)];
    int[] labels = new int[rows];
    try (BatchSource batches = table.read(0, rows, ROWS_AT_ONCE)) {
      for (LabeledBatch batch = batches.next(); batch != null; batch = batches.next()) {
        int first = (int) batch.firstRow();
        System.arraycopy(batch.labels(), batch.start(), labels, first, batch.rows());
        int from = batch.start() * width;
        for (int i = 0; i < batch.rows() * width; i++) {
          values[first * width + i] =
              batch.isDouble() ? (float) batch.doubles()[from + i] : batch.floats()[from + i];
        }
      }
    }
    ArraySamples samples =
        new ArraySamples(
            source,
            values,
            InputSpec.Array.ofWidth(width),
            labels,
            IntStream.range(0, classes).mapToObj(String::valueOf).toList());
    return OrderedBatches.inOrder(samples, batchSize, new Seed(0)); // nothing in it is random
  }
}

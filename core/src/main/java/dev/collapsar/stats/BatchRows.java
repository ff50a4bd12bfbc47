package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;

/** Reads rows of a batch, and says which one is wrong. */
final class BatchRows {
  private BatchRows() {}

  static int label(LabeledBatch batch, int row, int classes) {
    int label = batch.labels()[row];
    if (label < 0 || label >= classes) {
      throw new InvalidInputException(
          "row %d has label %d, which is not in 0..%d"
              .formatted(batch.firstRow() + row, label, classes - 1));
    }
    return label;
  }

  static void copy(LabeledBatch batch, int row, double[] to) {
    int width = batch.width();
    if (batch.isDouble()) {
      System.arraycopy(batch.doubles(), row * width, to, 0, width);
      return;
    }
    float[] from = batch.floats();
    for (int j = 0, i = row * width; j < width; j++, i++) {
      to[j] = from[i];
    }
  }

  /** What is wrong with a row whose sums are not finite. */
  static InvalidInputException notFinite(LabeledBatch batch, int row) {
    double[] values = new double[batch.width()];
    copy(batch, row, values);
    for (int j = 0; j < values.length; j++) {
      if (!Double.isFinite(values[j])) {
        return new InvalidInputException(
            "row %d has %s at feature %d, where a finite number is needed"
                .formatted(batch.firstRow() + row, values[j], j));
      }
    }
    return new InvalidInputException(
        "row %d is so far from its class that squares overflow a double"
            .formatted(batch.firstRow() + row));
  }
}

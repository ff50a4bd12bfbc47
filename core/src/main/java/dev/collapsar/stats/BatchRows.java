package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;

/** Reads rows of a batch, and says which one is wrong. */
final class BatchRows {
  private static final int CACHE_LINE = 64;

  /** Keeps the compiler from leaving {@link #fetch} out. */
  private static long fetched;

  private BatchRows() {}

  static void requireWidth(LabeledBatch batch, int width) {
    if (batch.width() != width) {
      throw new IllegalArgumentException(
          "a batch of width %s is added to a statistic of width %s"
              .formatted(batch.width(), width));
    }
  }

  static int label(LabeledBatch batch, int row, int classes) {
    int label = batch.labels()[batch.start() + row];
    if (label < 0 || label >= classes) {
      throw new InvalidInputException(
          "row %s has label %s, which is not in 0..%s"
              .formatted(batch.firstRow() + row, label, classes - 1));
    }
    return label;
  }

  /** The rows ordered by class, then as they come: class in the upper, row in the lower 32 bits. */
  static long[] byClass(LabeledBatch batch, int classes) {
    long[] order = new long[batch.rows()];
    for (int i = 0; i < order.length; i++) {
      order[i] = (long) label(batch, i, classes) << Integer.SIZE | i;
    }
    Arrays.sort(order);
    return order;
  }

  /**
   * Reads one value of each cache line in memory order. Rows that are then taken by class come from
   * the cache: a processor foresees a stream, not jumps between rows.
   */
  static void fetch(LabeledBatch batch) {
    int from = batch.start() * batch.width();
    int to = from + batch.rows() * batch.width();
    long seen = 0;
    if (batch.isDouble()) {
      double[] values = batch.doubles();
      for (int i = from; i < to; i += CACHE_LINE / Double.BYTES) {
        seen += Double.doubleToRawLongBits(values[i]);
      }
    } else {
      float[] values = batch.floats();
      for (int i = from; i < to; i += CACHE_LINE / Float.BYTES) {
        seen += Float.floatToRawIntBits(values[i]);
      }
    }
    fetched = seen;
  }

  static void copy(LabeledBatch batch, int row, double[] to) {
    int at = (batch.start() + row) * batch.width();
    if (batch.isDouble()) {
      System.arraycopy(batch.doubles(), at, to, 0, to.length);
    } else {
      widen(batch.floats(), at, to);
    }
  }

  /**
   * x - o in as many columns as {@code to} has, from {@code from} on, for the origin o that stands
   * in {@code origins} from {@code origin} on. The compiler of Java 17 widens floats one at a time;
   * the subtraction beside it costs nothing, if the loop ends with an array.
   */
  static void subtract(LabeledBatch batch, int row, double[] origin, double[] to) {
    int at = (batch.start() + row) * batch.width();
    if (batch.isDouble()) {
      subtract(batch.doubles(), at, origin, to);
    } else {
      subtract(batch.floats(), at, origin, to);
    }
  }

  /** The same in the columns from {@code from} on, less one row of a matrix. */
  static void subtract(
      LabeledBatch batch, int row, int from, Matrix origins, int origin, double[] to) {
    int at = (batch.start() + row) * batch.width() + from;
    int first = origin * origins.columns() + from;
    if (batch.isDouble()) {
      subtract(batch.doubles(), at, origins, first, to);
    } else {
      subtract(batch.floats(), at, origins, first, to);
    }
  }

  private static void subtract(float[] x, int at, double[] origin, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = x[at + j] - origin[j];
    }
  }

  private static void subtract(double[] x, int at, double[] origin, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = x[at + j] - origin[j];
    }
  }

  private static void subtract(float[] x, int at, Matrix origins, int origin, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = x[at + j] - origins.at(origin + j);
    }
  }

  private static void subtract(double[] x, int at, Matrix origins, int origin, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = x[at + j] - origins.at(origin + j);
    }
  }

  private static void widen(float[] from, int at, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = from[at + j];
    }
  }

  static void requireFinite(LabeledBatch batch, int row) {
    double[] values = new double[batch.width()];
    copy(batch, row, values);
    for (int j = 0; j < values.length; j++) {
      if (!Double.isFinite(values[j])) {
        throw new InvalidInputException(
            "row %s has %s at feature %s, where a finite number is needed"
                .formatted(batch.firstRow() + row, values[j], j));
      }
    }
  }

  /**
   * What is wrong with a batch whose sums are not finite.
   *
   * @throws InvalidInputException if it is a value that is not finite itself, naming the first such
   *     row
   */
  static InvalidInputException notFinite(LabeledBatch batch) {
    for (int i = 0; i < batch.rows(); i++) {
      requireFinite(batch, i);
    }
    return new InvalidInputException(
        "rows %s to %s hold features so large that their squares overflow a double"
            .formatted(batch.firstRow(), batch.firstRow() + batch.rows() - 1));
  }
}

package dev.collapsar.data;

import java.util.Objects;

/**
 * Some consecutive rows of features with their labels: the one traveller between readers, networks
 * and accumulators.
 *
 * <p>The values are row-major, single or double precision as their origin has them. A batch borrows
 * its arrays, which may be longer than the batch, may hold other rows before {@link #start()}, and
 * may be overwritten by the source's next batch: whoever keeps rows copies them.
 */
public final class LabeledBatch {
  private final float[] floats;
  private final double[] doubles;
  private final int[] labels;
  private final int start;
  private final long firstRow;
  private final int rows;
  private final int width;

  private LabeledBatch(
      float[] floats,
      double[] doubles,
      int[] labels,
      int start,
      long firstRow,
      int rows,
      int width) {
    long end = (long) start + rows;
    int held = floats != null ? floats.length : doubles.length;
    if (start < 0 || rows < 0 || width < 1 || end * width > held || end > labels.length) {
      throw new IllegalArgumentException(
          "a batch of %s x %s from row %s needs that many values and labels, got %s and %s"
              .formatted(rows, width, start, held, labels.length));
    }
    this.floats = floats;
    this.doubles = doubles;
    this.labels = labels;
    this.start = start;
    this.firstRow = firstRow;
    this.rows = rows;
    this.width = width;
  }

  /**
   * Single precision rows; {@code firstRow} is the index of the first of them in their source, for
   * messages.
   */
  public static LabeledBatch of(float[] values, int[] labels, long firstRow, int rows, int width) {
    return of(values, labels, 0, firstRow, rows, width);
  }

  /** Double precision rows. */
  public static LabeledBatch of(double[] values, int[] labels, long firstRow, int rows, int width) {
    return of(values, labels, 0, firstRow, rows, width);
  }

  /** Single precision rows that begin at row {@code start} of these arrays. */
  public static LabeledBatch of(
      float[] values, int[] labels, int start, long firstRow, int rows, int width) {
    return new LabeledBatch(
        Objects.requireNonNull(values), null, labels, start, firstRow, rows, width);
  }

  /** Double precision rows that begin at row {@code start} of these arrays. */
  public static LabeledBatch of(
      double[] values, int[] labels, int start, long firstRow, int rows, int width) {
    return new LabeledBatch(
        null, Objects.requireNonNull(values), labels, start, firstRow, rows, width);
  }

  /** Whether the rows are in double precision. */
  public boolean isDouble() {
    return doubles != null;
  }

  /**
   * The array of the rows, row-major; only of a single precision batch. Row i of the batch begins
   * at {@code (start() + i) * width()}.
   */
  public float[] floats() {
    if (floats == null) {
      throw new IllegalStateException("the batch holds doubles");
    }
    return floats;
  }

  /** The array of the rows, likewise; only of a double precision batch. */
  public double[] doubles() {
    if (doubles == null) {
      throw new IllegalStateException("the batch holds floats");
    }
    return doubles;
  }

  /** The largest absolute value of a double precision batch; 0 of another. */
  public double magnitude() {
    double largest = 0;
    for (int i = start * width; isDouble() && i < (start + rows) * width; i++) {
      largest = Math.max(largest, Math.abs(doubles[i]));
    }
    return largest;
  }

  /**
   * The array of the rows' class indices; row i of the batch has the one at {@code start() + i}.
   */
  public int[] labels() {
    return labels;
  }

  /** The row of the arrays that is the batch's first: 0 for a batch with arrays of its own. */
  public int start() {
    return start;
  }

  /** The index of the batch's first row in its source, for messages. */
  public long firstRow() {
    return firstRow;
  }

  public int rows() {
    return rows;
  }

  public int width() {
    return width;
  }
}

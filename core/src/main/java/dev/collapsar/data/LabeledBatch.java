package dev.collapsar.data;

import java.util.Objects;

/**
 * Some consecutive rows of features with their labels: the one traveller between readers, networks
 * and accumulators.
 *
 * <p>The values are row-major, single or double precision as their origin has them. A batch borrows
 * its arrays, which may be longer than the batch and may be overwritten by the source's next batch:
 * whoever keeps rows copies them.
 */
public final class LabeledBatch {
  private final float[] floats;
  private final double[] doubles;
  private final int[] labels;
  private final long firstRow;
  private final int rows;
  private final int width;

  private LabeledBatch(
      float[] floats, double[] doubles, int[] labels, long firstRow, int rows, int width) {
    long values = (long) rows * width;
    int held = floats != null ? floats.length : doubles.length;
    if (rows < 0 || width < 1 || values > held || rows > labels.length) {
      throw new IllegalArgumentException(
          "a batch of %d x %d needs that many values and labels, got %d and %d"
              .formatted(rows, width, held, labels.length));
    }
    this.floats = floats;
    this.doubles = doubles;
    this.labels = labels;
    this.firstRow = firstRow;
    this.rows = rows;
    this.width = width;
  }

  /**
   * Single precision rows; {@code firstRow} is the index of the first of them in their source, for
   * messages.
   */
  public static LabeledBatch of(float[] values, int[] labels, long firstRow, int rows, int width) {
    return new LabeledBatch(Objects.requireNonNull(values), null, labels, firstRow, rows, width);
  }

  /** Double precision rows. */
  public static LabeledBatch of(double[] values, int[] labels, long firstRow, int rows, int width) {
    return new LabeledBatch(null, Objects.requireNonNull(values), labels, firstRow, rows, width);
  }

  public boolean isDouble() {
    return doubles != null;
  }

  /** The rows, (rows, width) row-major; only of a single precision batch. */
  public float[] floats() {
    if (floats == null) {
      throw new IllegalStateException("the batch holds doubles");
    }
    return floats;
  }

  /** The rows, (rows, width) row-major; only of a double precision batch. */
  public double[] doubles() {
    if (doubles == null) {
      throw new IllegalStateException("the batch holds floats");
    }
    return doubles;
  }

  /** A class index for each row; (rows). */
  public int[] labels() {
    return labels;
  }

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

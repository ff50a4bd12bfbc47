package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.util.Objects;

/**
 * Labelled features in memory: N rows of D values, row-major, and N labels. The arrays are kept,
 * not copied, and must not change while they are read.
 */
public final class FeatureArray implements FeatureTable {
  private final float[] floats;
  private final double[] doubles;
  private final int[] labels;
  private final int width;

  private FeatureArray(float[] floats, double[] doubles, int[] labels, int width) {
    long values = floats != null ? floats.length : doubles.length;
    if (width < 1 || values != (long) labels.length * width) {
      throw new InvalidInputException(
          "features of %d labels and width %d need %d values, got %d"
              .formatted(labels.length, width, (long) labels.length * width, values));
    }
    this.floats = floats;
    this.doubles = doubles;
    this.labels = labels;
    this.width = width;
  }

  /** Single precision features (N,D) with labels (N). */
  public static FeatureArray of(float[] values, int[] labels, int width) {
    return new FeatureArray(Objects.requireNonNull(values), null, labels, width);
  }

  /** Double precision features (N,D) with labels (N). */
  public static FeatureArray of(double[] values, int[] labels, int width) {
    return new FeatureArray(null, Objects.requireNonNull(values), labels, width);
  }

  @Override
  public long rows() {
    return labels.length;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public BatchSource read(long from, long to, int batchRows) {
    if (from < 0 || to < from || to > labels.length || batchRows < 1) {
      throw new IllegalArgumentException(
          "rows %d to %d in batches of %d are not in 0..%d"
              .formatted(from, to, batchRows, labels.length));
    }
    return new Range((int) from, (int) to, (int) Math.min(batchRows, Math.max(1, to - from)));
  }

  @Override
  public void close() {}

  /** Copies range after range, since a batch starts at the front of its arrays. */
  private final class Range implements BatchSource {
    private final int to;
    private final int[] batchLabels;
    private final float[] batchFloats;
    private final double[] batchDoubles;
    private int next;

    Range(int from, int to, int batchRows) {
      this.next = from;
      this.to = to;
      int values = Math.multiplyExact(batchRows, width);
      batchLabels = new int[batchRows];
      batchFloats = floats == null ? null : new float[values];
      batchDoubles = doubles == null ? null : new double[values];
    }

    @Override
    public LabeledBatch next() {
      if (next == to) {
        return null;
      }
      int first = next;
      int rows = Math.min(batchLabels.length, to - first);
      next += rows;
      System.arraycopy(labels, first, batchLabels, 0, rows);
      if (floats != null) {
        System.arraycopy(floats, first * width, batchFloats, 0, rows * width);
        return LabeledBatch.of(batchFloats, batchLabels, first, rows, width);
      }
      System.arraycopy(doubles, first * width, batchDoubles, 0, rows * width);
      return LabeledBatch.of(batchDoubles, batchLabels, first, rows, width);
    }

    @Override
    public void close() {}
  }
}

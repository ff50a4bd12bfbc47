package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.util.Objects;

/**
 * Labelled features in memory: N rows of D values, row-major, and N labels. The arrays are kept,
 * not copied, and must not change while they are read.
 */
public final class FeatureArray implements FeatureTable {
  private static final int MAGNITUDE_ROWS = 256;

  private final float[] floats;
  private final double[] doubles;
  private final int[] labels;
  private final int width;

  private FeatureArray(float[] floats, double[] doubles, int[] labels, int width) {
    long values = floats != null ? floats.length : doubles.length;
    if (width < 1 || values != (long) labels.length * width) {
      throw new InvalidInputException(
          "features of %s labels and width %s need %s values, got %s"
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
  public double magnitude() {
    if (doubles == null) {
      return 0;
    }
    try (BatchSource source = read(0, Math.min(rows(), MAGNITUDE_ROWS), MAGNITUDE_ROWS)) {
      LabeledBatch first = source.next();
      return first == null ? 0 : first.magnitude();
    }
  }

  @Override
  public BatchSource read(long from, long to, int batchRows) {
    if (from < 0 || to < from || to > labels.length || batchRows < 1) {
      throw new IllegalArgumentException(
          "rows %s to %s in batches of %s are not in 0..%s"
              .formatted(from, to, batchRows, labels.length));
    }
    return new Range((int) from, (int) to, batchRows);
  }

  @Override
  public void close() {}

  /** Lends the arrays themselves. */
  private final class Range implements BatchSource {
    private final int to;
    private final int batchRows;
    private int next;

    Range(int from, int to, int batchRows) {
      this.next = from;
      this.to = to;
      this.batchRows = batchRows;
    }

    @Override
    public LabeledBatch next() {
      if (next == to) {
        return null;
      }
      int first = next;
      int rows = Math.min(batchRows, to - first);
      next += rows;
      return floats != null
          ? LabeledBatch.of(floats, labels, first, first, rows, width)
          : LabeledBatch.of(doubles, labels, first, first, rows, width);
    }

    @Override
    public void close() {}
  }
}

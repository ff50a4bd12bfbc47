package dev.collapsar.learn.images;

import java.util.Arrays;

/** Some of other pixels' images, in an order of their own. */
final class PixelRows extends Pixels {
  private final Pixels whole;
  private final int[] rows;

  PixelRows(Pixels whole, int[] rows) {
    this.whole = whole;
    this.rows = rows.clone();
  }

  @Override
  public int count() {
    return rows.length;
  }

  @Override
  public int imageSize() {
    return whole.imageSize();
  }

  @Override
  public void copy(int row, byte[] target, int at) {
    whole.copy(rows[row], target, at);
  }

  /** Of the whole, so that rows of rows are found in one step. */
  @Override
  public Pixels subset(int[] chosen) {
    return new PixelRows(whole, Arrays.stream(chosen).map(row -> rows[row]).toArray());
  }
}

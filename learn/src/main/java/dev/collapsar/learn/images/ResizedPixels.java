package dev.collapsar.learn.images;

import dev.collapsar.learn.images.Resampling.Window;

/**
 * Other pixels, resized and cut when they are first asked for, and kept; only where neither memory
 * nor disk has room, whenever they are asked for: of small images that enter a network large.
 */
final class ResizedPixels extends Pixels {
  private final Pixels whole;
  private final int fromChannels;
  private final int fromHeight;
  private final int fromWidth;
  private final int channels;
  private final Window window;
  private final KeptPixels kept;

  /**
   * Of images (fromChannels, fromHeight, fromWidth).
   *
   * @param channels 1 for grey, 3 for red, green and blue
   */
  ResizedPixels(
      Pixels whole, int fromChannels, int fromHeight, int fromWidth, int channels, Window window) {
    this.whole = whole;
    this.fromChannels = fromChannels;
    this.fromHeight = fromHeight;
    this.fromWidth = fromWidth;
    this.channels = channels;
    this.window = window;
    this.kept = KeptPixels.room(whole.count(), imageSize());
  }

  @Override
  public int count() {
    return whole.count();
  }

  @Override
  public int imageSize() {
    return channels * window.height() * window.width();
  }

  @Override
  public void copy(int row, byte[] target, int at) {
    if (!kept.copy(row, target, at)) {
      byte[] image = new byte[imageSize()];
      resize(row, image);
      kept.put(row, image);
      System.arraycopy(image, 0, target, at, image.length);
    }
  }

  private void resize(int row, byte[] target) {
    byte[] image = new byte[whole.imageSize()];
    whole.copy(row, image, 0);
    Resampling resampling = new Resampling(fromWidth, fromHeight, fromChannels, window);
    byte[][] values = new byte[fromChannels][fromWidth];
    for (int y = 0; y < fromHeight; y++) {
      if (resampling.needs(y)) {
        for (int c = 0; c < fromChannels; c++) {
          int from = (c * fromHeight + y) * fromWidth;
          System.arraycopy(image, from, values[c], 0, fromWidth);
        }
        resampling.row(y, values);
      }
    }
    Colours.copy(resampling.planes(), fromChannels, target, 0, channels);
  }

  /** Without a copy: they are made when they are asked for. */
  @Override
  public Pixels subset(int[] rows) {
    return new Rows(this, rows);
  }
}

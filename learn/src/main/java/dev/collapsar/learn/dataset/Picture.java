package dev.collapsar.learn.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * A decoded image.
 *
 * @param planes (1, height, width) if it is grey, else (3, height, width): red, green, blue;
 *     unsigned bytes, row-major
 */
record Picture(Look look, byte[] planes) {
  private static final int BACKGROUND = 255;

  /**
   * What a picture is, without its pixels.
   *
   * @param transparent whether it had pixels that were put on white
   * @param turned whether it was turned as its EXIF orientation says
   */
  record Look(int width, int height, boolean grey, boolean transparent, boolean turned) {
    String size() {
      return width + "x" + height;
    }
  }

  /** Of pixels that all show. */
  static Picture opaque(int width, int height, byte[] planes) {
    return of(width, height, planes, false);
  }

  private static Picture of(int width, int height, byte[] planes, boolean transparent) {
    boolean grey = planes.length == width * height;
    return new Picture(new Look(width, height, grey, transparent, false), planes);
  }

  /**
   * The stored values; what is transparent is put on white. Colour profiles are not applied; 16
   * bits become their upper 8.
   */
  static Picture of(BufferedImage image) {
    return image.getColorModel() instanceof IndexColorModel palette
        ? of(image.getRaster(), palette)
        : of(image.getRaster(), image.getColorModel().hasAlpha());
  }

  private static Picture of(Raster raster, boolean hasAlpha) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int channels = raster.getNumBands() < 3 ? 1 : 3;
    byte[] planes = new byte[channels * height * width];
    int[] samples = new int[height * width];
    int[] alpha = hasAlpha ? samples(raster, channels, new int[height * width]) : null;
    boolean transparent = false;
    for (int c = 0; c < channels; c++) {
      samples(raster, c, samples);
      for (int p = 0; p < samples.length; p++) {
        boolean shows = alpha == null || alpha[p] == 255;
        planes[c * samples.length + p] =
            (byte) (shows ? samples[p] : onWhite(samples[p], alpha[p]));
        transparent |= !shows;
      }
    }
    return of(width, height, planes, transparent);
  }

  /** Of one band, cut to 8 bits. */
  private static int[] samples(Raster raster, int band, int[] samples) {
    raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), band, samples);
    int excess = raster.getSampleModel().getSampleSize(band) - Byte.SIZE;
    if (excess > 0) {
      for (int p = 0; p < samples.length; p++) {
        samples[p] >>= excess;
      }
    }
    return samples;
  }

  private static int onWhite(int value, int alpha) {
    return (value * alpha + BACKGROUND * (255 - alpha) + 127) / 255;
  }

  private static Picture of(Raster indices, IndexColorModel palette) {
    int width = indices.getWidth();
    int height = indices.getHeight();
    int[][] colours = colours(palette); // (3, entries)
    boolean grey = true;
    for (int i = 0; i < palette.getMapSize() && grey; i++) {
      grey = colours[0][i] == colours[1][i] && colours[1][i] == colours[2][i];
    }
    int[] samples = indices.getSamples(0, 0, width, height, 0, new int[height * width]);
    byte[] planes = new byte[(grey ? 1 : 3) * samples.length];
    boolean transparent = false;
    for (int p = 0; p < samples.length; p++) {
      for (int c = 0; c < (grey ? 1 : 3); c++) {
        planes[c * samples.length + p] = (byte) colours[c][samples[p]];
      }
      transparent |= palette.getAlpha(samples[p]) < 255;
    }
    return of(width, height, planes, transparent);
  }

  private static int[][] colours(IndexColorModel palette) {
    int[][] colours = new int[3][palette.getMapSize()];
    for (int i = 0; i < palette.getMapSize(); i++) {
      int alpha = palette.getAlpha(i);
      colours[0][i] = onWhite(palette.getRed(i), alpha);
      colours[1][i] = onWhite(palette.getGreen(i), alpha);
      colours[2][i] = onWhite(palette.getBlue(i), alpha);
    }
    return colours;
  }

  /**
   * Upright.
   *
   * @param orientation EXIF's, 1..8: where the stored first row and column are to be seen
   */
  Picture upright(int orientation) {
    if (orientation == Exif.UPRIGHT) {
      return this;
    }
    int storedWidth = look.width;
    int storedHeight = look.height;
    boolean onItsSide = orientation >= 5;
    int width = onItsSide ? storedHeight : storedWidth;
    int height = onItsSide ? storedWidth : storedHeight;
    int plane = width * height;
    byte[] turned = new byte[planes.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = onItsSide ? y : x;
        int row = onItsSide ? x : y;
        // 2, 3, 7 and 8 begin at the stored right, 3, 4, 6 and 7 at the stored bottom.
        boolean fromRight = orientation == 2 || orientation == 3 || orientation >= 7;
        boolean fromBottom =
            orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int fromX = fromRight ? storedWidth - 1 - column : column;
        int fromY = fromBottom ? storedHeight - 1 - row : row;
        for (int at = 0; at < planes.length; at += plane) {
          turned[at + y * width + x] = planes[at + fromY * storedWidth + fromX];
        }
      }
    }
    return new Picture(new Look(width, height, look.grey, look.transparent, true), turned);
  }

  /** Puts it into a row of a set with so many channels; grey becomes equal red, green and blue. */
  void copyTo(byte[] pixels, int row, int channels) {
    int plane = look.width * look.height;
    for (int c = 0; c < channels; c++) {
      int from = look.grey ? 0 : c * plane;
      System.arraycopy(planes, from, pixels, (row * channels + c) * plane, plane);
    }
  }
}

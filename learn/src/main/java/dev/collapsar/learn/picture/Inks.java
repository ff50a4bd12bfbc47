package dev.collapsar.learn.picture;

import java.awt.image.Raster;

/**
 * Red, green and blue of a JPEG's four inks, of which 255 - ink is stored, as Adobe's programs
 * began it and all do since: the products light * white / 255, as Pillow's {@code convert("RGB")}
 * has them. No colour profile is applied.
 */
final class Inks extends PictureRows {
  private static final int YCCK = 2;

  private final Raster raster;
  private final boolean isYcck;
  private final int[][] stored;
  private final int[] light = new int[3];

  /** With the transform {@value #YCCK} the first three are YCbCr of the inks themselves. */
  Inks(Raster raster, JpegHeader header) {
    super(raster.getWidth(), raster.getHeight(), 3);
    this.raster = raster;
    this.isYcck = header.adobeTransform() == YCCK;
    this.stored = new int[4][width];
  }

  @Override
  boolean read(int y, byte[][] row) {
    for (int c = 0; c < stored.length; c++) {
      raster.getSamples(0, y, width, 1, c, stored[c]);
    }
    for (int x = 0; x < width; x++) {
      for (int c = 0; c < light.length; c++) {
        light[c] = stored[c][x];
      }
      if (isYcck) {
        fromYcc(light);
      }
      for (int c = 0; c < light.length; c++) {
        row[c][x] = (byte) ((light[c] * stored[3][x] + 127) / 255);
      }
    }
    return false;
  }

  /** JFIF's YCbCr of the inks to 255 - ink. */
  private static void fromYcc(int[] values) {
    double y = values[0];
    double cb = values[1] - 128;
    double cr = values[2] - 128;
    values[0] = 255 - clamped(y + 1.402 * cr);
    values[1] = 255 - clamped(y - 0.344136286 * cb - 0.714136286 * cr);
    values[2] = 255 - clamped(y + 1.772 * cb);
  }

  private static int clamped(double value) {
    return (int) Math.round(Math.max(0, Math.min(255, value)));
  }
}

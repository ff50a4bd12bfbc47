package dev.collapsar.learn.dataset;

import java.awt.image.Raster;

/**
 * Red, green and blue of a JPEG's four inks, of which 255 - ink is stored, as Adobe's programs
 * began it and all do since: the products light * white / 255, as Pillow's {@code convert("RGB")}
 * has them. No colour profile is applied.
 */
final class Inks {
  private static final int YCCK = 2;

  private Inks() {}

  /** With the transform {@value #YCCK} the first three are YCbCr of the inks themselves. */
  static Picture picture(Raster raster, JpegHeader header) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int plane = width * height;
    int[][] stored = new int[4][];
    for (int c = 0; c < stored.length; c++) {
      stored[c] = raster.getSamples(0, 0, width, height, c, (int[]) null);
    }
    byte[] planes = new byte[3 * plane];
    int[] light = new int[3];
    for (int p = 0; p < plane; p++) {
      for (int c = 0; c < light.length; c++) {
        light[c] = stored[c][p];
      }
      if (header.adobeTransform() == YCCK) {
        fromYcc(light);
      }
      for (int c = 0; c < light.length; c++) {
        planes[c * plane + p] = (byte) ((light[c] * stored[3][p] + 127) / 255);
      }
    }
    return Picture.opaque(width, height, planes);
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

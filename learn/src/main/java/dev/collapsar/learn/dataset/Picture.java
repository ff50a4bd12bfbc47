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
record Picture(int width, int height, byte[] planes) {
  /**
   * The stored values. Neither colour profiles nor a transparency is applied, as Pillow's {@code
   * convert("RGB")} does not; 16 bits become their upper 8.
   */
  static Picture of(BufferedImage image) {
    return image.getColorModel() instanceof IndexColorModel palette
        ? of(image.getRaster(), palette)
        : of(image.getRaster());
  }

  private static Picture of(Raster raster) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int channels = raster.getNumBands() < 3 ? 1 : 3; // the second or fourth is the transparency
    byte[] planes = new byte[channels * height * width];
    int[] samples = new int[height * width];
    for (int c = 0; c < channels; c++) {
      raster.getSamples(0, 0, width, height, c, samples);
      int excess = raster.getSampleModel().getSampleSize(c) - Byte.SIZE;
      for (int p = 0; p < samples.length; p++) {
        planes[c * samples.length + p] = (byte) (samples[p] >> excess);
      }
    }
    return new Picture(width, height, planes);
  }

  private static Picture of(Raster indices, IndexColorModel palette) {
    int width = indices.getWidth();
    int height = indices.getHeight();
    boolean grey = true;
    for (int i = 0; i < palette.getMapSize() && grey; i++) {
      grey = palette.getRed(i) == palette.getGreen(i) && palette.getGreen(i) == palette.getBlue(i);
    }
    int[] samples = indices.getSamples(0, 0, width, height, 0, new int[height * width]);
    byte[] planes = new byte[(grey ? 1 : 3) * samples.length];
    for (int p = 0; p < samples.length; p++) {
      planes[p] = (byte) palette.getRed(samples[p]);
      if (!grey) {
        planes[samples.length + p] = (byte) palette.getGreen(samples[p]);
        planes[2 * samples.length + p] = (byte) palette.getBlue(samples[p]);
      }
    }
    return new Picture(width, height, planes);
  }

  boolean grey() {
    return planes.length == width * height;
  }

  /** Puts it into a row of a set with so many channels; grey becomes equal red, green and blue. */
  void copyTo(byte[] pixels, int row, int channels) {
    int plane = width * height;
    for (int c = 0; c < channels; c++) {
      int from = grey() ? 0 : c * plane;
      System.arraycopy(planes, from, pixels, (row * channels + c) * plane, plane);
    }
  }

  String size() {
    return width + "x" + height;
  }
}

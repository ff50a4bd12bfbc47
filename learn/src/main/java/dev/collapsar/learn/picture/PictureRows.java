package dev.collapsar.learn.picture;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** The pixels of a decoded image, a row at a time, as bytes: one band if it is grey, else three. */
abstract class PictureRows {
  private static final int BACKGROUND = 255;

  final int width;
  final int height;
  final int bands;

  PictureRows(int width, int height, int bands) {
    this.width = width;
    this.height = height;
    this.bands = bands;
  }

  /**
   * The values of row {@code y}.
   *
   * @param row (bands, width), which is filled
   * @return whether any pixel was transparent and was put on white
   */
  abstract boolean read(int y, byte[][] row);

  /**
   * The stored values; what is transparent is put on white. Colour profiles are not applied; 16
   * bits become their upper 8.
   */
  static PictureRows of(BufferedImage image) {
    return image.getColorModel() instanceof IndexColorModel palette
        ? new Indexed(image.getRaster(), palette)
        : new Direct(image.getRaster(), image.getColorModel().hasAlpha());
  }

  private static int onWhite(int value, int alpha) {
    return (value * alpha + BACKGROUND * (255 - alpha) + 127) / 255;
  }

  /** Pixels that are colours, of 8 or 16 bits. */
  private static final class Direct extends PictureRows {
    private final Raster raster;
    private final boolean hasAlpha;
    private final boolean isBytes;
    private final byte[] pixels;
    private final int[] samples;
    private final int[] alpha;

    Direct(Raster raster, boolean hasAlpha) {
      super(raster.getWidth(), raster.getHeight(), raster.getNumBands() < 3 ? 1 : 3);
      this.raster = raster;
      this.hasAlpha = hasAlpha;
      isBytes =
          raster.getTransferType() == DataBuffer.TYPE_BYTE
              && raster.getSampleModel() instanceof ComponentSampleModel
              && raster.getSampleModel().getSampleSize(0) == Byte.SIZE;
      pixels = new byte[isBytes ? width * raster.getNumBands() : 0];
      samples = new int[width];
      alpha = new int[width];
    }

    @Override
    boolean read(int y, byte[][] row) {
      if (isBytes && !hasAlpha) {
        raster.getDataElements(0, y, width, 1, pixels);
        int stored = raster.getNumBands();
        for (int band = 0; band < bands; band++) {
          for (int x = 0; x < width; x++) {
            row[band][x] = pixels[x * stored + band];
          }
        }
        return false;
      }
      if (hasAlpha) {
        samples(y, bands, alpha);
      }
      boolean transparent = false;
      for (int band = 0; band < bands; band++) {
        samples(y, band, samples);
        for (int x = 0; x < width; x++) {
          boolean shows = !hasAlpha || alpha[x] == 255;
          row[band][x] = (byte) (shows ? samples[x] : onWhite(samples[x], alpha[x]));
          transparent |= !shows;
        }
      }
      return transparent;
    }

    /** Of one band, cut to 8 bits, or spread over them. */
    private void samples(int y, int band, int[] into) {
      raster.getSamples(0, y, width, 1, band, into);
      int bits = raster.getSampleModel().getSampleSize(band);
      int largest = (1 << bits) - 1;
      for (int x = 0; x < width && bits != Byte.SIZE; x++) {
        into[x] = bits > Byte.SIZE ? into[x] >> bits - Byte.SIZE : into[x] * 255 / largest;
      }
    }
  }

  /** Pixels that are places in a palette. */
  private static final class Indexed extends PictureRows {
    private final Raster indices;
    private final IndexColorModel palette;
    private final int[][] colours;
    private final int[] samples;

    Indexed(Raster indices, IndexColorModel palette) {
      super(indices.getWidth(), indices.getHeight(), isGrey(palette) ? 1 : 3);
      this.indices = indices;
      this.palette = palette;
      this.colours = colours(palette);
      this.samples = new int[width];
    }

    /** Whether every colour of the palette is, on white. */
    private static boolean isGrey(IndexColorModel palette) {
      int[][] colours = colours(palette);
      boolean grey = true;
      for (int i = 0; i < palette.getMapSize() && grey; i++) {
        grey = colours[0][i] == colours[1][i] && colours[1][i] == colours[2][i];
      }
      return grey;
    }

    private static int[][] colours(IndexColorModel palette) {
      int[][] colours = new int[3][palette.getMapSize()]; // (3, entries)
      for (int i = 0; i < palette.getMapSize(); i++) {
        int alpha = palette.getAlpha(i);
        colours[0][i] = onWhite(palette.getRed(i), alpha);
        colours[1][i] = onWhite(palette.getGreen(i), alpha);
        colours[2][i] = onWhite(palette.getBlue(i), alpha);
      }
      return colours;
    }

    @Override
    boolean read(int y, byte[][] row) {
      indices.getSamples(0, y, width, 1, 0, samples);
      boolean transparent = false;
      for (int x = 0; x < width; x++) {
        for (int band = 0; band < bands; band++) {
          row[band][x] = (byte) colours[band][samples[x]];
        }
        transparent |= palette.getAlpha(samples[x]) < 255;
      }
      return transparent;
    }
  }
}

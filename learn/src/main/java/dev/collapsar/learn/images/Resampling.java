package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.Preparation;

/**
 * Resizes an image of bytes and cuts a window from it while its rows come one after another, so
 * that only a window's width of each is kept. The arithmetic is Pillow's for 8 bits: weights of a
 * triangle in 22 bits behind the point, rows first, then columns, each rounded to a byte.
 */
public final class Resampling {
  private static final int PRECISION = 32 - 8 - 2;
  private static final int HALF = 1 << (PRECISION - 1);

  private final Axis across;
  private final Axis down;
  private final byte[][] kept;

  /**
   * A window of a resized image.
   *
   * @param resizedWidth of the whole
   * @param left of the window in the whole
   */
  public record Window(
      int resizedWidth, int resizedHeight, int left, int top, int width, int height) {

    /**
     * What a preparation cuts from an image of this size; sides and places rounded as torchvision.
     */
    public static Window of(
        Preparation how, int imageWidth, int imageHeight, int width, int height) {
      int side = how.shortSide();
      boolean wide = imageWidth > imageHeight;
      int resizedWidth = wide ? scaled(side, imageWidth, imageHeight) : side;
      int resizedHeight = wide ? side : scaled(side, imageHeight, imageWidth);
      return new Window(
          resizedWidth,
          resizedHeight,
          (int) Math.rint((resizedWidth - width) / 2.0),
          (int) Math.rint((resizedHeight - height) / 2.0),
          width,
          height);
    }

    private static int scaled(int side, int longer, int shorter) {
      return Math.toIntExact((long) side * longer / shorter);
    }
  }

  /**
   * One direction: which values make each new one, with which weights.
   *
   * @param first (length) the first value that counts
   * @param weights (length, some)
   */
  private record Axis(int[] first, int[][] weights) {
    static Axis of(int size, int resized, int from, int length) {
      double scale = (double) size / resized;
      double widening = Math.max(scale, 1);
      int[] first = new int[length];
      int[][] weights = new int[length][];
      for (int i = 0; i < length; i++) {
        double centre = (from + i + 0.5) * scale;
        first[i] = Math.max(0, (int) (centre - widening + 0.5));
        int end = Math.min(size, (int) (centre + widening + 0.5));
        double[] triangle = new double[end - first[i]];
        double sum = 0;
        for (int k = 0; k < triangle.length; k++) {
          double away = Math.abs((first[i] + k - centre + 0.5) / widening);
          triangle[k] = Math.max(0, 1 - away);
          sum += triangle[k];
        }
        weights[i] = new int[triangle.length];
        for (int k = 0; k < triangle.length; k++) {
          weights[i][k] = (int) (0.5 + triangle[k] / sum * (1 << PRECISION));
        }
      }
      return new Axis(first, weights);
    }

    int length() {
      return first.length;
    }

    int begin() {
      return first[0];
    }

    int end() {
      int last = length() - 1;
      return first[last] + weights[last].length;
    }
  }

  /**
   * Of an image whose rows will come.
   *
   * @param bands of each pixel
   */
  public Resampling(int imageWidth, int imageHeight, int bands, Window window) {
    across = Axis.of(imageWidth, window.resizedWidth, window.left, window.width);
    down = Axis.of(imageHeight, window.resizedHeight, window.top, window.height);
    kept = new byte[bands][(down.end() - down.begin()) * window.width];
  }

  /** Whether the image's row {@code y} counts. */
  public boolean needs(int y) {
    return y >= down.begin() && y < down.end();
  }

  /**
   * Takes a row that counts.
   *
   * @param row (bands, width), unsigned bytes
   */
  public void row(int y, byte[][] row) {
    int width = across.length();
    int at = (y - down.begin()) * width;
    for (int band = 0; band < kept.length; band++) {
      byte[] values = row[band];
      for (int x = 0; x < width; x++) {
        int[] weights = across.weights[x];
        int from = across.first[x];
        int sum = HALF;
        for (int k = 0; k < weights.length; k++) {
          sum += (values[from + k] & 0xff) * weights[k];
        }
        kept[band][at + x] = rounded(sum);
      }
    }
  }

  /** The window, (bands, height, width), once all rows have come. */
  public byte[] planes() {
    int width = across.length();
    byte[] planes = new byte[kept.length * down.length() * width];
    int to = 0;
    for (byte[] band : kept) {
      for (int y = 0; y < down.length(); y++) {
        int[] weights = down.weights[y];
        int from = (down.first[y] - down.begin()) * width;
        for (int x = 0; x < width; x++) {
          int sum = HALF;
          for (int k = 0; k < weights.length; k++) {
            sum += (band[from + k * width + x] & 0xff) * weights[k];
          }
          planes[to++] = rounded(sum);
        }
      }
    }
    return planes;
  }

  private static byte rounded(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> PRECISION));
  }
}

package dev.collapsar.learn.images;

import dev.collapsar.Sha256;
import java.util.Arrays;

/**
 * The unsigned bytes of images of one size, each (channels, height, width), row-major. Where they
 * lie is hidden; read by several threads at once.
 */
public abstract sealed class Pixels permits Pixels.InMemory, Pixels.Rows, PixelFile, ResizedPixels {
  private String sha256;

  /** In memory, one image after another. */
  public static Pixels of(byte[] pixels, int imageSize) {
    return new InMemory(pixels, imageSize);
  }

  /** The number of images. */
  public abstract int count();

  /** Bytes of one image. */
  public abstract int imageSize();

  /** Copies image {@code row} into {@code target} from {@code at} on. */
  public abstract void copy(int row, byte[] target, int at);

  /** The images of these rows, in this order. */
  public Pixels subset(int[] rows) {
    return new Rows(this, rows);
  }

  /** The images {@code rows[from..from+count)}, one after another. */
  final byte[] gather(int[] rows, int from, int count) {
    byte[] gathered = new byte[count * imageSize()];
    for (int i = 0; i < count; i++) {
      copy(rows[from + i], gathered, i * imageSize());
    }
    return gathered;
  }

  /** Of all bytes in their order, as one sequence; taken once. */
  final synchronized String sha256() {
    if (sha256 == null) {
      Sha256 digest = new Sha256();
      byte[] image = new byte[imageSize()];
      for (int row = 0; row < count(); row++) {
        copy(row, image, 0);
        digest.add(image);
      }
      sha256 = digest.hex();
    }
    return sha256;
  }

  /** Pixels in one array. */
  static final class InMemory extends Pixels {
    private final byte[] pixels;
    private final int imageSize;

    InMemory(byte[] pixels, int imageSize) {
      this.pixels = pixels;
      this.imageSize = imageSize;
    }

    @Override
    public int count() {
      return pixels.length / imageSize;
    }

    @Override
    public int imageSize() {
      return imageSize;
    }

    @Override
    public void copy(int row, byte[] target, int at) {
      System.arraycopy(pixels, row * imageSize, target, at, imageSize);
    }

    /** A copy: rows that lie together are gathered faster. */
    @Override
    public Pixels subset(int[] rows) {
      byte[] chosen = new byte[rows.length * imageSize];
      for (int i = 0; i < rows.length; i++) {
        copy(rows[i], chosen, i * imageSize);
      }
      return new InMemory(chosen, imageSize);
    }
  }

  /** Some of other pixels' images, in an order of their own. */
  static final class Rows extends Pixels {
    private final Pixels whole;
    private final int[] rows;

    Rows(Pixels whole, int[] rows) {
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
      return new Rows(whole, Arrays.stream(chosen).map(row -> rows[row]).toArray());
    }
  }
}

package dev.collapsar.learn.images;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The unsigned bytes of images of one size, each (channels, height, width), row-major. Where they
 * lie is hidden; read by several threads at once.
 */
public abstract sealed class Pixels permits PixelArray, PixelFile, PixelRows {
  private String sha256;

  /** In memory, one image after another. */
  public static Pixels of(byte[] pixels, int imageSize) {
    return new PixelArray(pixels, imageSize);
  }

  /** The number of images. */
  public abstract int count();

  /** Bytes of one image. */
  public abstract int imageSize();

  /** Copies image {@code row} into {@code target} from {@code at} on. */
  public abstract void copy(int row, byte[] target, int at);

  /** The images of these rows, in this order. */
  public Pixels subset(int[] rows) {
    return new PixelRows(this, rows);
  }

  /** Of all bytes in their order, as one sequence; taken once. */
  final synchronized String sha256() {
    if (sha256 == null) {
      MessageDigest digest = sha256Digest();
      byte[] image = new byte[imageSize()];
      for (int row = 0; row < count(); row++) {
        copy(row, image, 0);
        digest.update(image);
      }
      sha256 = HexFormat.of().formatHex(digest.digest());
    }
    return sha256;
  }

  private static MessageDigest sha256Digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

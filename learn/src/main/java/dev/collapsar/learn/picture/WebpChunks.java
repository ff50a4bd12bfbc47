package dev.collapsar.learn.picture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The chunks of a WebP file beside its pixels. */
final class WebpChunks {
  private static final byte[] RIFF = {'R', 'I', 'F', 'F'};
  private static final byte[] WEBP = {'W', 'E', 'B', 'P'};
  private static final int EXIF = 0x46495845; // "EXIF", little-endian as all that follow
  private static final int LOSSY = 0x20385056; // "VP8 "
  private static final int LOSSLESS = 0x4c385056; // "VP8L"
  private static final int CANVAS = 0x58385056; // "VP8X"
  private static final int FRAME = 0x464d4e41; // "ANMF", with an image of an animation
  private static final int FIRST = 12;

  /** Beyond so many pixels there have to be bytes for them: one colour needs none at all. */
  private static final long MOST_FREE = 1L << 22;

  private static final long MOST_A_BYTE = 1L << 14;

  private WebpChunks() {}

  static boolean areOf(byte[] file) {
    return file.length >= FIRST
        && Arrays.equals(file, 0, RIFF.length, RIFF, 0, RIFF.length)
        && Arrays.equals(file, 8, FIRST, WEBP, 0, WEBP.length);
  }

  /**
   * The orientation in its EXIF data, if it has some.
   *
   * @throws IOException if it is shorter than it says
   */
  static int orientation(byte[] file) throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (Integer.toUnsignedLong(chunks.getInt(4)) + 8 > file.length) {
      throw new IOException("is cut short");
    }
    int start = data(chunks, EXIF);
    if (start < 0) {
      return Exif.UPRIGHT;
    }
    byte[] data = Arrays.copyOfRange(file, start, start + chunks.getInt(start - 4));
    byte[] inSegment = Exif.inSegment(data);
    return Exif.orientation(inSegment == null ? data : inSegment);
  }

  /**
   * Requires that a canvas has an image, which fills it, and that there are bytes for its pixels,
   * before anything is held for them.
   *
   * @throws IOException if they are not
   */
  static void requirePixels(byte[] file, int width, int height) throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int lossless = data(chunks, LOSSLESS);
    int lossy = data(chunks, LOSSY);
    int found = lossless >= 0 ? lossless : lossy;
    boolean canvas = data(chunks, CANVAS) >= 0;
    int frame = data(chunks, FRAME);
    if (canvas && found < 0 && frame >= 0) {
      requireWhole(chunks, data(chunks, CANVAS), frame);
    } else if (canvas && found < 0) {
      throw new IOException(
          "is damaged: a canvas of %sx%s without an image".formatted(width, height));
    }
    if (canvas && found >= 0 && found + 10 <= file.length) {
      int bits = lossless >= 0 ? chunks.getInt(found + 1) : chunks.getInt(found + 6);
      int one = lossless >= 0 ? 1 : 0; // stored less one
      int ownWidth = (bits & 0x3fff) + one;
      int ownHeight = (bits >>> (lossless >= 0 ? 14 : 16) & 0x3fff) + one;
      if (ownWidth != width || ownHeight != height) {
        throw new IOException(
            "is damaged: an image of %sx%s pixels on a canvas of %sx%s"
                .formatted(ownWidth, ownHeight, width, height));
      }
    }
    long pixels = (long) width * height;
    if (pixels > MOST_FREE && pixels / file.length > MOST_A_BYTE) {
      throw new IOException(
          "claims %sx%s pixels in %s bytes".formatted(width, height, file.length));
    }
  }

  /** Of an animation only the first image is read, which a smaller one is not. */
  private static void requireWhole(ByteBuffer chunks, int canvas, int frame) throws IOException {
    if (frame + 12 <= chunks.limit()
        && (less(chunks, canvas + 4) != less(chunks, frame + 6)
            || less(chunks, canvas + 7) != less(chunks, frame + 9))) {
      throw new IOException(
          "is an animation whose first image does not fill its canvas; save one image of it");
    }
  }

  /** A size, stored less one in three bytes. */
  private static int less(ByteBuffer chunks, int at) {
    return chunks.getShort(at) & 0xffff | (chunks.get(at + 2) & 0xff) << 16;
  }

  /** Where a chunk's data begin, all of which are there; -1 for none. */
  private static int data(ByteBuffer chunks, int type) {
    long at = FIRST;
    while (at + 8 <= chunks.limit()) {
      int start = (int) at + 8;
      long length = Integer.toUnsignedLong(chunks.getInt((int) at + 4));
      at = start + length + length % 2;
      if (chunks.getInt(start - 8) == type && start + length <= chunks.limit()) {
        return start;
      }
    }
    return -1;
  }
}

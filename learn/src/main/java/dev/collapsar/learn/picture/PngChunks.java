package dev.collapsar.learn.picture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The chunks of a PNG beside its pixels. */
final class PngChunks {
  static final byte[] MAGIC = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private static final int END = 0x49454e44; // "IEND"
  private static final int EXIF = 0x65584966; // "eXIf"

  /**
   * A byte of deflated data stands for 258 bytes in two bits at the best: 1032, a little rounded.
   */
  private static final long MOST_INFLATED = 1040;

  private PngChunks() {}

  /**
   * The orientation in its EXIF data, if it has some.
   *
   * @throws IOException if it has no end: ImageIO is content without one once it has all pixels
   */
  static int orientation(byte[] file) throws IOException {
    ByteBuffer chunks = ByteBuffer.wrap(file);
    int orientation = Exif.UPRIGHT;
    long at = MAGIC.length;
    while (at + 12 <= file.length) {
      int start = (int) at;
      long length = Integer.toUnsignedLong(chunks.getInt(start));
      int type = chunks.getInt(start + 4);
      if (type == END) {
        return orientation;
      }
      at += 12 + length; // length, type, checksum
      if (type == EXIF && at <= file.length) {
        orientation =
            Exif.orientation(Arrays.copyOfRange(file, start + 8, start + 8 + (int) length));
      }
    }
    throw new IOException("is cut short");
  }

  /**
   * Requires that as many pixels as the header claims can be in so short a file, before anything is
   * held for them.
   *
   * @throws IOException if they cannot
   */
  static void requirePixels(byte[] file) throws IOException {
    ByteBuffer header = ByteBuffer.wrap(file, MAGIC.length + 8, file.length - MAGIC.length - 8);
    long width = Integer.toUnsignedLong(header.getInt());
    long height = Integer.toUnsignedLong(header.getInt());
    int depth = header.get();
    int samples =
        switch (header.get()) {
          case 2 -> 3; // red, green, blue
          case 4 -> 2; // grey and alpha
          case 6 -> 4;
          default -> 1; // grey or a palette
        };
    if (width * height > file.length * MOST_INFLATED * Byte.SIZE / Math.max(1, samples * depth)) {
      throw new IOException(
          "claims %sx%s pixels, more than its %s bytes can hold"
              .formatted(width, height, file.length));
    }
  }
}

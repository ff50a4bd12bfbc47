package dev.collapsar.learn.picture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Of EXIF data (a small TIFF, CIPA DC-008) the orientation alone. What is damaged or out of range
 * says nothing.
 */
final class Exif {
  static final int UPRIGHT = 1;

  private static final byte[] PREFIX = {'E', 'x', 'i', 'f', 0, 0};
  private static final int ENTRY = 12;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;

  private Exif() {}

  /** The data of a segment that begins as EXIF data do in JPEG files; null if it is another. */
  static byte[] inSegment(byte[] segment) {
    boolean is =
        segment.length >= PREFIX.length
            && Arrays.equals(segment, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
    return is ? Arrays.copyOfRange(segment, PREFIX.length, segment.length) : null;
  }

  /** In 1..8; {@link #UPRIGHT} if it is not said. */
  static int orientation(byte[] tiff) {
    if (tiff.length < 8 || tiff[0] != tiff[1] || tiff[0] != 'I' && tiff[0] != 'M') {
      return UPRIGHT;
    }
    ByteBuffer data =
        ByteBuffer.wrap(tiff)
            .order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = Integer.toUnsignedLong(data.getInt(4));
    if (data.getShort(2) != 42 || directory + 2 > tiff.length) {
      return UPRIGHT;
    }
    int entries = Short.toUnsignedInt(data.getShort((int) directory));
    long at = directory + 2;
    for (int i = 0; i < entries && at + ENTRY <= tiff.length; i++, at += ENTRY) {
      OptionalInt found = orientation(data, (int) at);
      if (found.isPresent()) {
        return found.getAsInt();
      }
    }
    return UPRIGHT;
  }

  private static OptionalInt orientation(ByteBuffer data, int entry) {
    boolean is =
        Short.toUnsignedInt(data.getShort(entry)) == ORIENTATION
            && data.getShort(entry + 2) == SHORT
            && data.getInt(entry + 4) == 1;
    int value = data.getShort(entry + 8);
    return is && value >= 1 && value <= 8 ? OptionalInt.of(value) : OptionalInt.empty();
  }
}

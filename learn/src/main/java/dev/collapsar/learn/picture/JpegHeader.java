package dev.collapsar.learn.picture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The segments before a JPEG's data.
 *
 * @param components 1, 3 or 4; 0 if that is not found
 * @param adobeTransform how an Adobe program stored the colours: 0 as they are, 1 as YCbCr, 2 as
 *     YCCK; -1 if none did
 * @param orientation of EXIF, 1..8
 */
record JpegHeader(int components, int adobeTransform, int orientation) {
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final byte[] ADOBE = {'A', 'd', 'o', 'b', 'e'};
  private static final int ADOBE_LENGTH = 12;

  /**
   * Of a file whose header is whole.
   *
   * @throws IOException if it ends before its pixels begin
   */
  static JpegHeader whole(byte[] file) throws IOException {
    if (scans(file, 0) == 0) {
      throw new IOException("is cut short: it ends before its pixels");
    }
    return of(file);
  }

  static JpegHeader of(byte[] file) {
    int components = 0;
    int transform = -1;
    int orientation = Exif.UPRIGHT;
    ByteBuffer bytes = ByteBuffer.wrap(file);
    int at = 2;
    while (at + 4 <= file.length && bytes.get(at) == (byte) 0xff) {
      int marker = Byte.toUnsignedInt(bytes.get(at + 1));
      if (marker == 0xff) {
        at++; // a fill byte
        continue;
      }
      int length = Short.toUnsignedInt(bytes.getShort(at + 2));
      if (marker == START_OF_SCAN || length < 2 || at + 2 + length > file.length) {
        break;
      }
      byte[] segment = Arrays.copyOfRange(file, at + 4, at + 2 + length);
      if (isFrame(marker) && segment.length > 5) {
        components = segment[5];
      } else if (marker == APP14 && isAdobe(segment)) {
        transform = segment[ADOBE_LENGTH - 1];
      } else if (marker == APP1 && Exif.inSegment(segment) != null) {
        orientation = Exif.orientation(Exif.inSegment(segment));
      }
      at += 2 + length;
    }
    return new JpegHeader(components, transform, orientation);
  }

  /**
   * How many scans the data are in, up to one more than are read: each is decoded over all pixels.
   * What stands in segments, or behind the image's end as the film of a phone's moving photograph,
   * is no scan.
   */
  static int scans(byte[] file, int most) {
    int scans = 0;
    int at = 2;
    while (at + 4 <= file.length && scans <= most) {
      int marker = Byte.toUnsignedInt(file[at + 1]);
      if (file[at] != (byte) 0xff || marker == 0 || marker == 0xff || isBare(marker)) {
        at++; // data, a byte of filling, or a marker within the data
        continue;
      }
      if (marker == END_OF_IMAGE) {
        break;
      }
      scans += marker == START_OF_SCAN ? 1 : 0;
      int length = Byte.toUnsignedInt(file[at + 2]) << Byte.SIZE | Byte.toUnsignedInt(file[at + 3]);
      at += 2 + length;
    }
    return scans;
  }

  /** Markers without a segment: restarts, and a start of an image. */
  private static boolean isBare(int marker) {
    return marker >= 0xd0 && marker <= 0xd8 || marker == 1;
  }

  /** SOF0..SOF15, but for the three of them that are others. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean isAdobe(byte[] segment) {
    return segment.length >= ADOBE_LENGTH
        && Arrays.equals(segment, 0, ADOBE.length, ADOBE, 0, ADOBE.length);
  }

  boolean hasFourInks() {
    return components == 4;
  }
}

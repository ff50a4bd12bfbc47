package dev.collapsar.learn.images;

/** Grey images as red, green and blue, and coloured ones as grey. */
public final class Colours {
  private Colours() {}

  /**
   * Copies an image of as many pixels with another number of channels: grey becomes equal red,
   * green and blue; colours become ITU-R 601's luma, rounded as Pillow's {@code convert("L")}.
   *
   * @param planes (1 or 3, pixels)
   * @param at the place of the first value in {@code target}
   * @param channels 1 or 3
   */
  public static void copy(byte[] planes, int from, byte[] target, int at, int channels) {
    int plane = planes.length / from;
    if (channels < from) {
      for (int p = 0; p < plane; p++) {
        target[at + p] = luma(planes[p], planes[plane + p], planes[2 * plane + p]);
      }
      return;
    }
    for (int c = 0; c < channels; c++) {
      System.arraycopy(planes, from == 1 ? 0 : c * plane, target, at + c * plane, plane);
    }
  }

  private static byte luma(byte red, byte green, byte blue) {
    return (byte)
        (((red & 0xff) * 19595 + (green & 0xff) * 38470 + (blue & 0xff) * 7471 + 0x8000) >> 16);
  }
}

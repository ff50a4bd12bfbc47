package dev.collapsar.learn.images;

/** The pixels of a set for tests to look at. */
public final class PixelBytes {
  private PixelBytes() {}

  /** All of them, (count, channels, height, width). */
  public static byte[] of(ImageSet images) {
    byte[] all = new byte[images.count() * images.imageSize()];
    for (int i = 0; i < images.count(); i++) {
      images.pixels().copy(i, all, i * images.imageSize());
    }
    return all;
  }
}

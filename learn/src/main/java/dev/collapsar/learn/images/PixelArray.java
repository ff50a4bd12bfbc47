package dev.collapsar.learn.images;

/** Pixels in one array. */
final class PixelArray extends Pixels {
  private final byte[] pixels;
  private final int imageSize;

  PixelArray(byte[] pixels, int imageSize) {
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
    return new PixelArray(chosen, imageSize);
  }
}

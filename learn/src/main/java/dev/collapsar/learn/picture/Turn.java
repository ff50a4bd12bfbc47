package dev.collapsar.learn.picture;

import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.Resampling.Window;

/**
 * How a stored image is turned and mirrored to be upright.
 *
 * @param orientation EXIF's, 1..8: where the stored first row and column are to be seen
 */
record Turn(int orientation) {
  /** Whether there is anything to do. */
  boolean isOne() {
    return orientation != Exif.UPRIGHT;
  }

  /** Whether rows become columns. */
  boolean isOnItsSide() {
    return orientation >= 5;
  }

  /** 2, 3, 7 and 8 begin at the stored right. */
  private boolean isFromRight() {
    return orientation == 2 || orientation == 3 || orientation >= 7;
  }

  /** 3, 4, 6 and 7 begin at the stored bottom. */
  private boolean isFromBottom() {
    return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  }

  /**
   * In an image as it is stored, the window that is wanted of the upright one.
   *
   * @param imageWidth as it is stored
   * @param width of the upright window
   */
  Window window(Preparation how, int imageWidth, int imageHeight, int width, int height) {
    Window seen =
        isOnItsSide()
            ? Window.of(how, imageHeight, imageWidth, width, height)
            : Window.of(how, imageWidth, imageHeight, width, height);
    Window laid =
        isOnItsSide()
            ? new Window(
                seen.resizedHeight(),
                seen.resizedWidth(),
                seen.top(),
                seen.left(),
                seen.height(),
                seen.width())
            : seen;
    return new Window(
        laid.resizedWidth(),
        laid.resizedHeight(),
        isFromRight() ? laid.resizedWidth() - laid.left() - laid.width() : laid.left(),
        isFromBottom() ? laid.resizedHeight() - laid.top() - laid.height() : laid.top(),
        laid.width(),
        laid.height());
  }

  /**
   * The pixels upright.
   *
   * @param planes (bands, height, width) as they are stored
   */
  byte[] upright(byte[] planes, int storedWidth, int storedHeight) {
    if (!isOne()) {
      return planes;
    }
    int width = isOnItsSide() ? storedHeight : storedWidth;
    int height = isOnItsSide() ? storedWidth : storedHeight;
    int plane = width * height;
    byte[] turned = new byte[planes.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = isOnItsSide() ? y : x;
        int row = isOnItsSide() ? x : y;
        int fromX = isFromRight() ? storedWidth - 1 - column : column;
        int fromY = isFromBottom() ? storedHeight - 1 - row : row;
        for (int at = 0; at < planes.length; at += plane) {
          turned[at + y * width + x] = planes[at + fromY * storedWidth + fromX];
        }
      }
    }
    return turned;
  }
}

package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.Resampling.Window;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplingTest {
  /**
   * Values of Pillow 12's resize(BILINEAR) and crop, of the image of which pixel (x, y) is (37 x +
   * 11 y + 3 x y) mod 256; the place of the crop is torchvision's.
   */
  @ParameterizedTest
  @CsvSource({
    "9, 7, 4, 4, 1c58a0b23073b3684793974a5bae5476",
    "7, 13, 5, 4, 316aad8f4280b1565498b83666af895a",
    "5, 4, 8, 8,"
        + " 091c2e415366788b0c1f3245586b7d911226394d6174889c182c41556a7e92a71e33485d73879"
        + "db2243a50657c91a7bd2a41576e859bb2c82d445b7289a0b7ce",
    "40, 31, 6, 5, 7f797986817c7c7f817e7e7b7f84827b7d8687807b89847d7e",
  })
  void everyByteIsPillows(int width, int height, int shortSide, int side, String expected) {
    Window window = Window.of(new Preparation(shortSide), width, height, side, side);
    assertArrayEquals(HexFormat.of().parseHex(expected), resized(width, height, window));
  }

  @Test
  void anImageOfTheWantedSizeStaysAsItIs() {
    Window window = Window.of(new Preparation(6), 6, 6, 6, 6);
    byte[] same = resized(6, 6, window);
    for (int y = 0; y < 6; y++) {
      for (int x = 0; x < 6; x++) {
        assertEquals(value(x, y), same[y * 6 + x]);
      }
    }
  }

  @Test
  void pixelsThatAreAskedForAgainAreNotResizedAgain() {
    byte[] stored = new byte[2 * 25];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = value(i % 5, i / 5);
    }
    Window window = Window.of(new Preparation(8), 5, 5, 8, 8);
    Pixels resized = new ResizedPixels(Pixels.of(stored, 25), 1, 5, 5, 1, window);
    byte[] first = resized.gather(new int[] {1}, 0, 1);
    byte[] black = new byte[25];
    System.arraycopy(black, 0, stored, 25, 25); // the pixels are the array's own
    assertArrayEquals(first, resized.gather(new int[] {1}, 0, 1));
    assertArrayEquals(first, resized.subset(new int[] {1}).gather(new int[] {0}, 0, 1));
  }

  private static byte[] resized(int width, int height, Window window) {
    Resampling resampling = new Resampling(width, height, 1, window);
    byte[][] row = new byte[1][width];
    for (int y = 0; y < height; y++) {
      if (resampling.needs(y)) {
        for (int x = 0; x < width; x++) {
          row[0][x] = value(x, y);
        }
        resampling.row(y, row);
      }
    }
    return resampling.planes();
  }

  private static byte value(int x, int y) {
    return (byte) (37 * x + 11 * y + 3 * x * y);
  }
}

package dev.collapsar.learn.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptPixelsTest {
  private static final int COUNT = 300;
  private static final int SIZE = 5;

  @TempDir private Path folder;

  @Test
  void imagesInAFileAreThoseThatSeveralThreadsPutThere() {
    KeptPixels kept = KeptPixels.InFile.in(folder, COUNT, SIZE);
    IntStream.range(0, COUNT)
        .filter(row -> row != 7)
        .parallel()
        .forEach(
            row -> {
              kept.put(row, image(row));
              kept.put(row, image(row)); // as two threads do that resize one image
              assertArrayEquals(image(row), at(kept, row));
            });
    assertFalse(kept.copy(7, new byte[SIZE], 0), "nobody put it there");
    kept.put(7, image(7));
    for (int row = 0; row < COUNT; row++) {
      assertArrayEquals(image(row), at(kept, row), "image " + row);
    }
    assertEquals(0, folder.toFile().list().length, "no name is left of the file");
  }

  @Test
  void aPlaceThatCannotHoldThemIsNamed() {
    Path gone = folder.resolve("gone");
    String message =
        assertThrows(InvalidInputException.class, () -> KeptPixels.InFile.in(gone, COUNT, SIZE))
            .getMessage();
    assertTrue(message.startsWith(gone + ": resized images cannot be kept"), message);
  }

  private static byte[] at(KeptPixels kept, int row) {
    byte[] target = new byte[SIZE + 2];
    assertTrue(kept.copy(row, target, 2));
    return Arrays.copyOfRange(target, 2, target.length);
  }

  private static byte[] image(int row) {
    byte[] image = new byte[SIZE];
    Arrays.fill(image, (byte) row);
    return image;
  }
}

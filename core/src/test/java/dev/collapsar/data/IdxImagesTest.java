package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxImagesTest {
  private static final byte[] IMAGES =
      ByteBuffer.allocate(16 + 12)
          .putInt(0x803)
          .putInt(3)
          .putInt(2)
          .putInt(2)
          .put(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1})
          .array();
  private static final byte[] LABELS =
      ByteBuffer.allocate(8 + 3).putInt(0x801).putInt(3).put(new byte[] {7, 0, 9}).array();

  @TempDir Path folder;

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private IdxImages read(byte[] images, byte[] labels) throws IOException {
    return IdxImages.read(
        Files.write(folder.resolve("images.idx"), images),
        Files.write(folder.resolve("labels.idx"), labels));
  }

  /** The refusal, which names the file and is one line. */
  private String refusal(String file, byte[] images, byte[] labels) {
    String message =
        assertThrows(InvalidInputException.class, () -> read(images, labels)).getMessage();
    assertTrue(message.startsWith(folder.resolve(file) + ": "), message);
    assertFalse(message.contains("\n"), message);
    return message.substring(folder.resolve(file).toString().length() + 2);
  }

  @Test
  void plainAndGzippedFilesHoldTheSame() throws IOException {
    IdxImages plain = read(IMAGES, LABELS);
    IdxImages zipped = read(gzip(IMAGES), gzip(LABELS));
    assertArrayEquals(Arrays.copyOfRange(IMAGES, 16, 28), plain.pixels());
    assertArrayEquals(new byte[] {7, 0, 9}, plain.labels());
    assertArrayEquals(plain.pixels(), zipped.pixels());
    assertArrayEquals(plain.labels(), zipped.labels());
    assertEquals(3, plain.count());
    assertEquals(2, plain.height());
    assertEquals(2, plain.width());
  }

  @Test
  void mnistIsReadWithTheHashesOfItsFiles() {
    IdxImages test =
        IdxImages.read(
            Shared.path("data/mnist/t10k-images-idx3-ubyte.gz"),
            Shared.path("data/mnist/t10k-labels-idx1-ubyte.gz"));
    assertEquals(10_000, test.count());
    assertArrayEquals(new byte[] {7, 2, 1, 0, 4, 1, 4, 9, 5, 9}, Arrays.copyOf(test.labels(), 10));
    assertEquals(
        Map.of(
            "t10k-images-idx3-ubyte.gz",
            "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
            "t10k-labels-idx1-ubyte.gz",
            "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b"),
        test.sha256());
  }

  @Test
  void filesCutShortAnywhereAreRefused() throws IOException {
    byte[] zipped = gzip(IMAGES);
    for (int length = 0; length < IMAGES.length; length++) {
      refusal("images.idx", Arrays.copyOf(IMAGES, length), LABELS);
    }
    for (int length = 0; length < zipped.length; length++) {
      refusal("images.idx", Arrays.copyOf(zipped, length), LABELS);
    }
    for (int length = 0; length < LABELS.length; length++) {
      refusal("labels.idx", IMAGES, Arrays.copyOf(LABELS, length));
    }
    assertEquals(
        "truncated: header promises 28 bytes, file holds 20",
        refusal("images.idx", Arrays.copyOf(IMAGES, 20), LABELS));
  }

  @Test
  void swappedFilesAreRefusedByTheirMagic() {
    assertEquals(
        "magic 0x00000801, IDX images have 0x00000803 and labels 0x00000801; 0x00000803 was"
            + " expected here",
        refusal("images.idx", LABELS, IMAGES));
  }

  @Test
  void unequalCountsAreRefused() {
    byte[] two = ByteBuffer.allocate(10).putInt(0x801).putInt(2).array();
    assertTrue(refusal("labels.idx", IMAGES, two).startsWith("holds 2 labels, "));
  }

  @Test
  void sizesThatAreNegativeOrOverflowAreRefused() {
    for (int size : new int[] {0, -1, Integer.MIN_VALUE}) {
      refusal("images.idx", IMAGES.clone(), LABELS, 8, size);
    }
    byte[] huge = IMAGES.clone();
    ByteBuffer.wrap(huge).putInt(4, Integer.MAX_VALUE).putInt(8, Integer.MAX_VALUE);
    ByteBuffer.wrap(huge).putInt(12, Integer.MAX_VALUE);
    assertEquals("header promises more than 2^63 bytes", refusal("images.idx", huge, LABELS));
  }

  private void refusal(String file, byte[] images, byte[] labels, int at, int size) {
    ByteBuffer.wrap(images).putInt(at, size);
    refusal(file, images, labels);
  }

  @Test
  void aBombInflatesNoFurtherThanItsHeaderPromises() throws IOException {
    byte[] bomb = Arrays.copyOf(IMAGES, 50_000_000);
    assertEquals(
        "header promises 28 bytes, file holds more", refusal("images.idx", gzip(bomb), LABELS));
  }
}

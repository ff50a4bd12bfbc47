package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistTest {
  private static final List<String> FILES =
      List.of("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

  @TempDir private Path directory;

  @Test
  void theBundledImagesAreMnists() throws Exception {
    ImageSet train = Mnist.TRAIN.load(null);
    assertEquals(60_000, train.count());
    assertEquals(28, train.height());
    assertEquals(28, train.width());
    assertEquals(10, train.classes().size());
    assertArrayEquals(new int[] {5, 0, 4, 1, 9, 2, 1, 3, 1, 4}, Arrays.copyOf(train.labels(), 10));
    int[] counts = new int[10];
    Arrays.stream(train.labels()).forEach(label -> counts[label]++);
    assertArrayEquals(
        new int[] {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, counts);
    // The well-known MD5 of the uncompressed file, without its header of 16 bytes.
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    md5.update(new byte[] {0, 0, 8, 3, 0, 0, (byte) 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28});
    assertEquals(
        "6bbc9ace898e44ae57da46a324031adb",
        HexFormat.of().formatHex(md5.digest(PixelBytes.of(train))));
  }

  @Test
  void filesElsewhereGiveTheSameImagesPlainOrCompressed() throws IOException {
    ImageSet bundled = Mnist.TEST.load(null);
    copy(false);
    ImageSet compressed = Mnist.TEST.load(directory);
    assertArrayEquals(PixelBytes.of(bundled), PixelBytes.of(compressed));
    assertArrayEquals(bundled.labels(), compressed.labels());
    assertEquals(bundled.sha256(), compressed.sha256());
    assertEquals(directory.getFileName() + "/test", compressed.name());

    for (String file : FILES) {
      Files.delete(directory.resolve(file + ".gz"));
    }
    copy(true);
    assertArrayEquals(PixelBytes.of(bundled), PixelBytes.of(Mnist.TEST.load(directory)));
  }

  @Test
  void aMissingFileOrDirectoryIsNamed() throws IOException {
    assertEquals(
        "--data-dir %s has no file t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz"
            .formatted(directory),
        assertThrows(InvalidInputException.class, () -> Mnist.TEST.load(directory)).getMessage());
    Path absent = directory.resolve("absent");
    assertEquals(
        ("--data-dir %s is not a directory;"
                + " it must hold t10k-images-idx3-ubyte[.gz] and t10k-labels-idx1-ubyte[.gz]")
            .formatted(absent),
        assertThrows(InvalidInputException.class, () -> Mnist.TEST.load(absent)).getMessage());
  }

  private void copy(boolean plain) throws IOException {
    for (String file : FILES) {
      try (InputStream in = Mnist.class.getResourceAsStream("mnist/" + file + ".gz")) {
        if (plain) {
          Files.copy(new GZIPInputStream(in), directory.resolve(file));
        } else {
          Files.copy(in, directory.resolve(file + ".gz"));
        }
      }
    }
  }
}

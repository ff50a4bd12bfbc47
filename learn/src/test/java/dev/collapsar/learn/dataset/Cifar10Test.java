package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.PixelBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of CIFAR-10's layout with few images: the official archive cannot be had in a test. */
class Cifar10Test {
  private static final int RECORD = 3073;

  @TempDir private Path folder;

  /** Three images a file; image i of file f has label (f+i)%10, and planes of 10f+i, +1, +2. */
  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<String> names =
        List.of(
            "data_batch_4.bin",
            "data_batch_1.bin",
            "data_batch_5.bin",
            "test_batch.bin",
            "data_batch_2.bin",
            "data_batch_3.bin");
    for (String name : names) {
      int number = name.startsWith("test") ? 6 : name.charAt(11) - '0';
      byte[] bytes = new byte[3 * RECORD];
      for (int i = 0; i < 3; i++) {
        bytes[i * RECORD] = (byte) ((number + i) % 10);
        for (int c = 0; c < 3; c++) {
          int plane = i * RECORD + 1 + c * 1024;
          Arrays.fill(bytes, plane, plane + 1024, (byte) (10 * number + i + c));
        }
      }
      files.put(name, bytes);
    }
    return files;
  }

  private static ImageData load(Path place) {
    return NamedImages.CIFAR10.load(place);
  }

  @Test
  void theFilesAreReadInTheirOrderWhereverTheyLie() throws IOException {
    Path bare = TinyImages.folder(folder.resolve("bare"), files());
    Path below = TinyImages.folder(folder.resolve("below/cifar-10-batches-bin"), files());
    Path archive = archive(folder.resolve("archive"), files());
    for (Path place : List.of(bare, below.getParent(), archive, archive.getParent())) {
      ImageData data = load(place);
      assertEquals(15, data.train().count());
      assertArrayEquals(
          new int[] {1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7}, data.train().labels());
      assertArrayEquals(new int[] {6, 7, 8}, data.test().labels());
      for (int i = 0; i < 15; i++) {
        for (int c = 0; c < 3; c++) {
          int first = (i * 3 + c) * 1024;
          int value = 10 * (i / 3 + 1) + i % 3 + c;
          assertEquals(value, PixelBytes.of(data.train())[first]);
          assertEquals(value, PixelBytes.of(data.train())[first + 1023]);
        }
      }
      assertEquals("truck", data.train().classes().get(9));
      assertEquals(List.of(.4914, .4822, .4465), data.normalized().mean());
      assertEquals("cifar10/test", data.test().name());
    }
  }

  @Test
  void theHashesAreOfTheFilesReadOrOfTheArchive() throws IOException {
    ImageData bare = load(TinyImages.folder(folder.resolve("bare"), files()));
    assertEquals(Set.of("test_batch.bin"), bare.test().sha256().keySet());
    assertEquals(5, bare.train().sha256().size());
    Path archive = archive(folder.resolve("archive"), files());
    assertEquals(
        Map.of("cifar-10-binary.tar.gz", Sha256.of(archive)), load(archive).train().sha256());
  }

  @Test
  void otherVersionsAreNamedAndNotOpened() throws IOException {
    String pickles =
        ": is CIFAR-10's Python or Matlab version, which is not opened (pickles can run code);"
            + " the binary one is read: collapsar data fetch cifar10";
    Map<String, byte[]> python = Map.of("cifar-10-batches-py/data_batch_1", new byte[10]);
    Path unpacked = TinyImages.folder(folder.resolve("python"), python);
    assertEquals(unpacked.resolve("cifar-10-batches-py") + pickles, refusal(unpacked));
    Path inside = unpacked.resolve("cifar-10-batches-py");
    assertEquals(inside.resolve("data_batch_1") + pickles, refusal(inside));
    Path archive = archive(folder.resolve("archive"), python);
    assertEquals(archive + pickles, refusal(archive));
    Path packed = Files.createDirectory(folder.resolve("packed"));
    Files.createFile(packed.resolve("cifar-10-python.tar.gz"));
    assertEquals(packed.resolve("cifar-10-python.tar.gz") + pickles, refusal(packed));
  }

  @Test
  void whatIsMissingCutShortOrOutOfRangeIsNamed() throws IOException {
    Map<String, byte[]> files = files();
    files.remove("data_batch_3.bin");
    Path place = TinyImages.folder(folder.resolve("missing"), files);
    assertEquals(place + ": data_batch_3.bin is missing", refusal(place));

    files.put("data_batch_3.bin", new byte[RECORD + 1]);
    place = TinyImages.folder(folder.resolve("cut"), files);
    assertEquals(
        place + ": data_batch_3.bin has 3074 bytes, it must have 3073 for each of 1..60000 images",
        refusal(place));

    files = files();
    files.get("data_batch_3.bin")[2 * RECORD] = 10;
    place = TinyImages.folder(folder.resolve("label"), files);
    assertEquals(
        place + ": data_batch_3.bin: image 2 has label 10, labels are 0..9", refusal(place));

    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertEquals(
        empty
            + ": holds neither cifar-10-binary.tar.gz nor data_batch_1.bin, data_batch_2.bin,"
            + " data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, test_batch.bin",
        refusal(empty));
    Path none = folder.resolve("none");
    assertEquals(none + ": no such folder or archive", refusal(none));
  }

  @Test
  void anArchiveThatUnpacksToFarMoreIsRefused() throws IOException {
    Path bomb = folder.resolve("bomb.tar.gz");
    Path tar = TinyImages.tar(folder.resolve("bomb.tar"), Map.of("a", new byte[1]));
    byte[] header = Files.readAllBytes(tar);
    // The size field: two gibibytes in octal, and the header's checksum anew.
    System.arraycopy("20000000000\0".getBytes(), 0, header, 124, 12);
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += Byte.toUnsignedInt(header[i]);
    }
    System.arraycopy("%06o\0 ".formatted(sum).getBytes(), 0, header, 148, 8);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb))) {
      out.write(header);
    }
    assertEquals(bomb + ": unpacks to more than 1024 MB, CIFAR-10 has 184", refusal(bomb));
  }

  @Test
  void damagedArchivesAreRefusedOrReadButNeverFail() throws IOException {
    byte[] whole = Files.readAllBytes(archive(folder.resolve("archive"), files()));
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 300; round++) {
      byte[] damaged =
          round % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      if (damaged.length > 0) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Path file = Files.write(folder.resolve("damaged.tar.gz"), damaged);
      try {
        load(file);
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
      }
    }
  }

  private static String refusal(Path place) {
    return assertThrows(InvalidInputException.class, () -> load(place)).getMessage();
  }

  /** {@code cifar-10-binary.tar.gz} in this folder. */
  private static Path archive(Path in, Map<String, byte[]> files) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("cifar-10-batches-bin/batches.meta.txt", "airplane\n".getBytes());
    files.forEach((name, bytes) -> entries.put("cifar-10-batches-bin/" + name, bytes));
    Files.createDirectories(in);
    Path tar = TinyImages.tar(in.resolve("plain.tar"), entries);
    Path archive = in.resolve("cifar-10-binary.tar.gz");
    try (InputStream plain = Files.newInputStream(tar);
        OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
      plain.transferTo(out);
    }
    return archive;
  }
}

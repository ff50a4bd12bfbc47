package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.SharedFiles;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.picture.ImageDecoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFilesTest {
  @TempDir private Path folder;

  static ImageData load(Path place, boolean skipUnreadable) {
    try (ImageFiles files = ImageFiles.open(place)) {
      return files.load(skipUnreadable, 2, images -> {});
    }
  }

  private ImageSet train(Map<String, byte[]> files) throws IOException {
    return load(TinyImages.folder(folder.resolve("images"), files), false).train();
  }

  @Test
  void everyImageHasItsPixelsAndItsFoldersLabel() throws IOException {
    ImageData data = load(TinyImages.folder(folder.resolve("pets"), TinyImages.files()), false);
    ImageSet train = data.train();
    assertEquals(List.of("cat", "dog"), train.classes());
    assertArrayEquals(new int[] {0, 0, 0, 1, 1, 1}, train.labels());
    assertArrayEquals(new int[] {0, 1}, data.test().labels());
    assertEquals("pets/train", train.name());
    assertEquals(List.of(3, 4, 5), List.of(train.channels(), train.height(), train.width()));
    int[] numbers = {1, 2, 3, 5, 6, 7};
    for (int i = 0; i < 6; i++) {
      for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 5; x++) {
          int at = i * 60 + y * 5 + x;
          assertEquals(numbers[i], PixelBytes.of(train)[at]);
          assertEquals(x * 10, PixelBytes.of(train)[at + 20]);
          assertEquals(y * 20, PixelBytes.of(train)[at + 40]);
        }
      }
    }
    assertEquals(4, PixelBytes.of(data.test())[0]);
    assertEquals(4 / 255., data.normalized().mean().get(0), Math.ulp(1));
    assertEquals(List.of(), data.leftOut());
  }

  @Test
  void theHashIsOfWhatSha256sumPrints() throws Exception {
    Map<String, byte[]> files = TinyImages.files();
    for (String split : List.of("train", "test")) {
      files.put(split + "/cat 2/0.png", TinyImages.png(30)); // a class behind, a path before "cat/"
    }
    ImageData data = load(TinyImages.folder(folder, files), false);
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      if (file.getKey().startsWith("train/")) {
        lines.append(sha256(file.getValue())).append("  ").append(file.getKey()).append('\n');
      }
    }
    assertEquals(
        Map.of("train", sha256(lines.toString().getBytes(StandardCharsets.UTF_8))),
        data.train().sha256());
  }

  @Test
  void aTarInAnyOrderBelowAnyFolderGivesTheSameAsTheFolder() throws IOException {
    ImageData unpacked = load(TinyImages.folder(folder.resolve("pets"), TinyImages.files()), false);
    Map<String, byte[]> below = new TreeMap<>(Comparator.reverseOrder());
    TinyImages.files().forEach((path, bytes) -> below.put("./pets-main/" + path, bytes));
    ImageData packed = load(TinyImages.tar(folder.resolve("pets.tar"), below), false);
    assertArrayEquals(PixelBytes.of(unpacked.train()), PixelBytes.of(packed.train()));
    assertArrayEquals(unpacked.train().labels(), packed.train().labels());
    assertArrayEquals(PixelBytes.of(unpacked.test()), PixelBytes.of(packed.test()));
    assertEquals(unpacked.train().sha256(), packed.train().sha256());
    assertEquals(unpacked.train().classes(), packed.train().classes());
    assertEquals(unpacked.normalized(), packed.normalized());
    assertEquals("pets.tar/train", packed.train().name());
  }

  @Test
  void moreThreadsGiveTheSame() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    for (int i = 0; i < 300; i++) {
      files.put("train/dog/more%s.jpeg".formatted(i), TinyImages.jpeg(i % 30));
    }
    Path place = TinyImages.folder(folder, files);
    AtomicInteger heard = new AtomicInteger();
    try (ImageFiles images = ImageFiles.open(place)) {
      ImageSet one = images.load(false, 1, heard::addAndGet).train();
      assertEquals(308, heard.get());
      assertEquals(308, images.count());
      ImageSet four = images.load(false, 4, heard::addAndGet).train();
      assertArrayEquals(PixelBytes.of(one), PixelBytes.of(four));
      assertArrayEquals(one.labels(), four.labels());
    }
  }

  @Test
  void whatIsNoImageOrLiesElsewhereDoesNotCount() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    byte[] none = {1, 2, 3};
    files.put("train/cat/notes.txt", none);
    files.put("train/cat/.hidden.png", none);
    files.put("train/cat/deeper/notes.txt", none);
    files.put("train/LICENSE", none);
    files.put("cover.png", none);
    files.put("extra/cat/0.png", none);
    assertEquals(6, train(files).count());
  }

  @Test
  void withoutATestFolderValidationImagesAreTheTest() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("val/cat/7.PNG", TinyImages.png(70));
    files.put("val/dog/7.png", TinyImages.png(71));
    assertEquals(
        4, PixelBytes.of(load(TinyImages.folder(folder.resolve("a"), files), false).test())[0]);
    files.keySet().removeIf(path -> path.startsWith("test/"));
    ImageSet test = load(TinyImages.folder(folder.resolve("b"), files), false).test();
    assertEquals(70, PixelBytes.of(test)[0]);
    assertEquals("b/val", test.name());
  }

  @Test
  void greyImagesHaveOneChannelAndAmongColouredOnesThree() throws IOException {
    Map<String, byte[]> files = new TreeMap<>(TinyImages.files());
    // Values as stored: a grey BufferedImage's colour model would shift them on the way to RGB.
    BufferedImage grey =
        new BufferedImage(TinyImages.WIDTH, TinyImages.HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
    for (int p = 0; p < 20; p++) {
      grey.getRaster().setSample(p % 5, p / 5, 0, 10 * p);
    }
    files.put("train/cat/0.png", TinyImages.encoded("png", grey));
    ImageSet mixed = train(files);
    assertEquals(3, mixed.channels());
    files.replaceAll((path, bytes) -> TinyImages.encoded("png", grey));
    ImageSet allGrey = load(TinyImages.folder(folder.resolve("grey"), files), false).train();
    assertEquals(1, allGrey.channels());
    for (int p = 0; p < 20; p++) {
      assertEquals((byte) (10 * p), PixelBytes.of(allGrey)[p]);
      for (int c = 0; c < 3; c++) {
        assertEquals((byte) (10 * p), PixelBytes.of(mixed)[20 * c + p]);
      }
    }
  }

  @Test
  void everyKindOfPngAndJpegGivesItsStoredValues() throws IOException {
    int colour = 0x10_80_f0;
    for (int type :
        new int[] {
          BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_INDEXED
        }) {
      assertArrayEquals(expected(type, colour), first("png", type, colour), "type " + type);
    }
    assertArrayEquals(
        new int[] {0x10, 0x80, 0xf0}, first("png", BufferedImage.TYPE_INT_ARGB, 0xff_10_80_f0));
    assertArrayEquals(new int[] {255}, first("png", BufferedImage.TYPE_BYTE_BINARY, -1));
    BufferedImage deep = new BufferedImage(2, 2, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(0, 0, 0, 0xabcd);
    assertArrayEquals(new int[] {0xab}, first(TinyImages.encoded("png", deep)));
    int[] jpeg = first("jpeg", BufferedImage.TYPE_INT_RGB, colour);
    for (int c = 0; c < 3; c++) {
      // JPEG at ImageIO's quality of 75 keeps a flat colour to a few steps.
      assertEquals(colour >> 16 - 8 * c & 0xff, jpeg[c], 4);
    }
    assertEquals(1, first("jpeg", BufferedImage.TYPE_BYTE_GRAY, -1).length);
  }

  private static int[] expected(int type, int colour) {
    int rgb = TinyImages.image(type, 2, 2, (x, y) -> 0xff000000 | colour).getRGB(0, 0);
    return new int[] {rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff};
  }

  private static int[] first(String format, int type, int argb) throws IOException {
    int solid = argb >>> 24 == 0 ? 0xff000000 | argb : argb;
    return first(TinyImages.encoded(format, TinyImages.image(type, 2, 2, (x, y) -> solid)));
  }

  /** The channels of the first of 2x2 pixels. */
  private static int[] first(byte[] file) throws IOException {
    try (ImageDecoder decoder = new ImageDecoder()) {
      byte[] planes = decoder.decode(file).planes();
      int[] channels = new int[planes.length / 4];
      Arrays.setAll(channels, c -> Byte.toUnsignedInt(planes[4 * c]));
      return channels;
    }
  }

  /** Counts and means as they were found when the archive was made, with another program. */
  @Test
  void theJpegsOfCifar10AreReadWhole() {
    ImageData data = load(SharedFiles.data("cifar10/cifar-10-images.tar"), false);
    assertEquals(50_000, data.train().count());
    assertEquals(10_000, data.test().count());
    assertEquals(
        List.of(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck"),
        data.train().classes());
    double[] mean = {.4913, .4821, .4465};
    double[] deviation = {.2452, .2428, .2606};
    for (int c = 0; c < 3; c++) {
      assertEquals(mean[c], data.normalized().mean().get(c), 5e-5);
      assertEquals(deviation[c], data.normalized().deviation().get(c), 5e-5);
    }
    assertTrue(data.leftOut().isEmpty());
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}

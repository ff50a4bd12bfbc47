package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.picture.ImageDecoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images and archives of strangers: each is refused in one line that names it. */
class HostileImageFilesTest {
  private static final String SKIPPING =
      " (1 of 8 images; remove it, or in a run data.skip-unreadable=true leaves such out)";

  @TempDir private Path folder;
  private int places;

  private String refusal(Map<String, byte[]> files) throws IOException {
    Path inFolder = TinyImages.folder(folder.resolve("place" + places++), files);
    Path inTar = TinyImages.tar(folder.resolve("place" + places++ + ".tar"), files);
    String refusal = refusal(inFolder);
    assertEquals(refusal, refusal(inTar), "a tar is refused as a folder is");
    return refusal;
  }

  private static String refusal(Path place) {
    String message =
        assertThrows(InvalidInputException.class, () -> ImageFilesTest.load(place, false))
            .getMessage();
    assertTrue(message.startsWith(place + ": "), message);
    assertFalse(message.contains("\n"), message);
    return message.substring(place.toString().length() + 2);
  }

  private static Map<String, byte[]> with(String path, byte[] bytes) {
    Map<String, byte[]> files = TinyImages.files();
    files.put(path, bytes);
    return files;
  }

  @Test
  void aClassWithoutImagesIsNamed() throws IOException {
    Path place = TinyImages.folder(folder.resolve("pets"), TinyImages.files());
    Files.createDirectories(place.resolve("train/bird"));
    assertEquals(
        "class folder train/bird holds no .jpg, .jpeg, .jfif, .png, .webp or .bmp", refusal(place));
    Files.writeString(place.resolve("train/bird/notes.txt"), "none");
    assertEquals(
        "class folder train/bird holds no .jpg, .jpeg, .jfif, .png, .webp or .bmp; not read are 1"
            + " file (1 .txt)",
        refusal(place));
    Path tar = folder.resolve("pets.tar");
    Map<String, byte[]> files = TinyImages.files();
    files.put("test/bird/", new byte[0]);
    assertEquals(
        "class folder test/bird holds no .jpg, .jpeg, .jfif, .png, .webp or .bmp",
        refusal(TinyImages.tar(tar, files)));
  }

  @Test
  void classesThatOnlyOneSplitHasAreNamed() throws IOException {
    Map<String, byte[]> files = with("train/bird/0.png", TinyImages.png(50));
    assertEquals(
        "train/ and test/ must have the same classes; only train/ has bird", refusal(files));
    for (int i = 0; i < 8; i++) {
      files.put("test/bird/0.png", TinyImages.png(50));
      files.put(String.format(Locale.ROOT, "test/class%d/0.png", i), TinyImages.png(50));
    }
    assertEquals(
        "train/ and test/ must have the same classes;"
            + " only test/ has class0, class1, class2, class3, class4 and 3 more",
        refusal(files));
  }

  @Test
  void aPlaceWithoutTheFoldersIsRefusedWithWhatItMustHold() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.keySet().removeIf(path -> path.startsWith("train"));
    String needed =
        "must hold train/<class>/<image> and test/<class>/<image> (or val/), or <class>/<image>, or"
            + " a table file,label beside images, as .jpg, .png, .webp or .bmp;";
    assertEquals(needed + " there is no such train/", refusal(files));
    assertEquals(
        needed + " there is no such image; not read are 1 file (1 .txt)",
        refusal(Map.of("cat.txt", new byte[1])));
    assertEquals(
        "1 images lie in it and in no class folders; there must be at least 2, or train/<class>/"
            + " and test/<class>/, or a table file,label beside the images",
        refusal(Map.of("cat.png", new byte[1])));
    assertEquals("no such folder, .tar or .zip", refusal(folder.resolve("none")));
    assertEquals(
        "is no folder and no .tar or .zip that may be read", refusal(Path.of("/dev/zero")));
  }

  @Test
  void oneClassAloneIsRefused() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.keySet().removeIf(path -> path.contains("/dog/"));
    assertEquals("train/ has one class, cat; there must be at least 2", refusal(files));
  }

  @Test
  void anImageInNoClassOrDeeperIsNamed() throws IOException {
    assertEquals(
        "train/0.png lies in no class; images lie in train/<class>/",
        refusal(with("train/0.png", TinyImages.png(9))));
    assertEquals(
        "test/cat/young/0.png lies in no class; images lie in test/<class>/",
        refusal(with("test/cat/young/0.png", TinyImages.png(9))));
  }

  @Test
  void twoSetsInOnePlaceAreRefused() throws IOException {
    assertEquals(
        "holds more than one set of train/ and test/, below ., copy",
        refusal(with("copy/train/cat/0.png", TinyImages.png(9))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "webp"})
  void anImageCutShortAnywhereIsRefused(String format) throws IOException {
    byte[] whole =
        switch (format) {
          case "png" -> TinyImages.png(3);
          case "jpeg" -> TinyImages.jpeg(3);
          default -> ImageKindsTest.file("lossless.webp");
        };
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        String message =
            assertThrows(IOException.class, () -> decoder.decode(cut), "of " + length).getMessage();
        assertFalse(message.contains("\n"), message);
      }
      assertTrue(decoder.decode(whole).planes().length > 0, "the decoder must go on");
    }
  }

  @Test
  void anUnreadableImageIsNamedWithItsReason() throws IOException {
    assertEquals(
        "train/dog/1.png cannot be read: is empty" + SKIPPING,
        refusal(with("train/dog/1.png", new byte[0])));
    assertEquals(
        "train/dog/1.png cannot be read: is a GIF; read are JPEG, PNG, WebP and BMP" + SKIPPING,
        refusal(with("train/dog/1.png", "GIF89a".getBytes())));
    byte[] png = TinyImages.png(4);
    assertEquals(
        "train/dog/1.png cannot be read: is cut short" + SKIPPING,
        refusal(with("train/dog/1.png", Arrays.copyOf(png, png.length - 5))));
    byte[] jpeg = TinyImages.jpeg(4);
    assertEquals(
        "train/dog/1.png cannot be read: Corrupt JPEG data: premature end of data segment"
            + SKIPPING,
        refusal(with("train/dog/1.png", Arrays.copyOf(jpeg, jpeg.length - 5))));
  }

  @Test
  void anImageThatWouldBeHugeIsRefusedUndecoded() throws IOException {
    byte[] bomb = TinyImages.png(4);
    ByteBuffer header = ByteBuffer.wrap(bomb);
    header.putInt(16, 50_000).putInt(20, 50_000);
    CRC32 checksum = new CRC32();
    checksum.update(bomb, 12, 17);
    header.putInt(29, (int) checksum.getValue());
    String refusal = refusal(with("test/cat/0.png", bomb));
    assertTrue(
        refusal.startsWith(
            "test/cat/0.png cannot be read: 50000x50000 pixels take 19074 MB to decode, half of"
                + " this JVM's memory is "),
        refusal);
    Path place = TinyImages.folder(folder.resolve("large"), TinyImages.files());
    try (RandomAccessFile file =
        new RandomAccessFile(place.resolve("train/cat/0.png").toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertEquals(
        "train/cat/0.png cannot be read: is 1048576 MB long, an image file has at most 256 MB"
            + SKIPPING,
        refusal(place));
  }

  @Test
  void unreadableImagesAreLeftOutWhereTheUserAllowsItAndListed() throws IOException {
    Map<String, byte[]> files = with("train/cat/1.png", new byte[0]);
    files.put("test/dog/9.png", "no".getBytes());
    ImageData data = ImageFilesTest.load(TinyImages.folder(folder.resolve("place"), files), true);
    assertEquals(
        List.of("train/cat/1.png: is empty", "test/dog/9.png: is no JPEG, PNG, WebP or BMP"),
        data.leftOut());
    assertArrayEquals(new int[] {0, 0, 1, 1, 1}, data.train().labels());
    assertEquals(3, PixelBytes.of(data.train())[data.train().imageSize()], "the next moved up");
    assertEquals(2, data.test().count());

    files.put("test/dog/0.png", new byte[0]);
    Path place = TinyImages.folder(folder.resolve("empty"), files);
    assertEquals(
        place + ": no image of test/dog can be read",
        assertThrows(InvalidInputException.class, () -> ImageFilesTest.load(place, true))
            .getMessage());
  }

  @Test
  void linksInAFolderThatLeadNowhereAreNamed() throws IOException {
    Path place = TinyImages.folder(folder.resolve("linked"), TinyImages.files());
    Files.createSymbolicLink(place.resolve("train/cat/9.png"), Path.of("nowhere.png"));
    assertEquals(
        "train/cat/9.png cannot be read: is no regular file"
            + " (1 of 9 images; remove it, or in a run data.skip-unreadable=true leaves such out)",
        refusal(place));
  }

  @Test
  void aTarWhosePathsLeadOutIsRefused() throws IOException {
    Map<String, String> refusals = new LinkedHashMap<>();
    refusals.put("../train/cat/0.png", "entry ../train/cat/0.png leads out of the archive");
    refusals.put("train/../../x.png", "entry train/../../x.png leads out of the archive");
    refusals.put("/train/cat/0.png", "entry /train/cat/0.png must be a relative path with slashes");
    refusals.put("train\\cat.png", "entry train\\cat.png must be a relative path with slashes");
    for (Map.Entry<String, String> refused : refusals.entrySet()) {
      Path tar =
          TinyImages.tar(folder.resolve("out.tar"), with(refused.getKey(), TinyImages.png(1)));
      assertEquals(refused.getValue(), refusal(tar));
    }
  }

  @Test
  void aTarWithLinksOrTheSameTwiceIsRefused() throws IOException {
    assertEquals(
        "entry train/cat/link.png is a link or a special file, only plain files are read",
        refusal(special("train/cat/link.png", TarConstants.LF_SYMLINK)));
    assertEquals(
        "entry train/cat/link.png is a link or a special file, only plain files are read",
        refusal(special("train/cat/link.png", TarConstants.LF_LINK)));
    assertEquals(
        "entry train/cat/pipe.png is a link or a special file, only plain files are read",
        refusal(special("train/cat/pipe.png", TarConstants.LF_FIFO)));
    assertEquals(
        "entry train/cat/0.png stands there twice",
        refusal(special("train/cat/0.png", TarConstants.LF_NORMAL)));
  }

  /** A tar of images and then an entry of this kind without content. */
  private Path special(String path, byte kind) throws IOException {
    Path file = folder.resolve("special.tar");
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> image : TinyImages.files().entrySet()) {
        TarArchiveEntry header = new TarArchiveEntry(image.getKey());
        header.setSize(image.getValue().length);
        tar.putArchiveEntry(header);
        tar.write(image.getValue());
        tar.closeArchiveEntry();
      }
      TarArchiveEntry header = new TarArchiveEntry(path, kind);
      header.setLinkName("/etc/passwd");
      tar.putArchiveEntry(header);
      tar.closeArchiveEntry();
    }
    return file;
  }

  @Test
  void whatIsNoTarIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.tar"), "x".repeat(2000));
    assertTrue(refusal(text).startsWith("is no tar, or a damaged one: "), refusal(text));
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(1);
    }
    Path gzip = Files.write(folder.resolve("images.tar.gz"), zipped.toByteArray());
    assertEquals(
        "is compressed; unpack it to a .tar or a folder (images hardly shrink)", refusal(gzip));
    Path whole = TinyImages.tar(folder.resolve("cut.tar"), TinyImages.files());
    try (RandomAccessFile cut = new RandomAccessFile(whole.toFile(), "rw")) {
      cut.setLength(512 + 20); // within the first image
    }
    assertEquals("is no tar, or a damaged one: Truncated TAR archive", refusal(whole));
    Path empty = Files.createFile(folder.resolve("empty.tar"));
    assertTrue(refusal(empty).startsWith("must hold train/<class>/<image>"), refusal(empty));
  }

  /** Where it ends between two files, it is a smaller tar; nowhere may it take long or fail. */
  @Test
  void aTarCutShortAnywhereIsRefusedOrSmaller() throws IOException {
    byte[] whole =
        Files.readAllBytes(TinyImages.tar(folder.resolve("whole.tar"), TinyImages.files()));
    for (int length = 0; length < whole.length; length += 100) {
      requireSaneOutcome(
          Files.write(folder.resolve("cut.tar"), Arrays.copyOf(whole, length)), "of " + length);
    }
  }

  @Test
  void damagedTarsAndImagesAreRefusedOrReadButNeverFail() throws IOException {
    Map<String, byte[]> files = new TreeMap<>(TinyImages.files());
    files.put("train/cat/3.jpg", TinyImages.jpeg(4));
    files.put("train/" + "long".repeat(40) + "/0.png", TinyImages.png(8));
    files.put("test/" + "long".repeat(40) + "/0.png", TinyImages.png(8));
    byte[] whole = Files.readAllBytes(TinyImages.tar(folder.resolve("whole.tar"), files));
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 800; round++) {
      byte[] damaged = whole.clone();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        int at = random.nextInt(damaged.length);
        damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : damaged[at] ^ 1);
      }
      requireSaneOutcome(Files.write(folder.resolve("damaged.tar"), damaged), "round " + round);
    }
  }

  private static void requireSaneOutcome(Path place, String which) {
    try {
      ImageFilesTest.load(place, true);
    } catch (InvalidInputException e) {
      assertTrue(e.getMessage().startsWith(place + ": "), which + " " + e.getMessage());
    }
  }

  @Test
  void aPngClaimsNoMorePixelsThanItsBytesCanHold() throws IOException {
    byte[] bomb = TinyImages.png(4);
    ByteBuffer header = ByteBuffer.wrap(bomb);
    header.putInt(16, 4_000).putInt(20, 4_000);
    CRC32 crc = new CRC32();
    crc.update(bomb, 12, 17);
    header.putInt(29, (int) crc.getValue());
    assertEquals(
        "test/cat/0.png cannot be read: claims 4000x4000 pixels, more than its %s bytes can hold"
                .formatted(bomb.length)
            + SKIPPING,
        refusal(with("test/cat/0.png", bomb)));
  }

  /** A JPEG's frame and a bitmap's header say so much in a few bytes. */
  @Test
  void aJpegAndABitmapClaimNoMorePixelsThanTheirBytesCanHold() throws IOException {
    byte[] jpeg = TinyImages.jpeg(3);
    int frame = 0;
    while (jpeg[frame] != (byte) 0xff || jpeg[frame + 1] != (byte) 0xc0) {
      frame++;
    }
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 9000).putShort(frame + 7, (short) 9000);
    byte[] bmp = new byte[54 + 1024 + 4]; // in runs, of which there is none: its end alone
    ByteBuffer.wrap(bmp)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("BM".getBytes())
        .putInt(bmp.length)
        .putInt(0)
        .putInt(54 + 1024)
        .putInt(40)
        .putInt(9000)
        .putInt(9000)
        .putShort((short) 1)
        .putShort((short) 8)
        .putInt(1)
        .putInt(4)
        .putLong(0)
        .putInt(256)
        .putInt(0)
        .position(54 + 1024)
        .putInt(0x100);
    for (byte[] file : List.of(jpeg, bmp)) {
      assertEquals(
          "train/cat/0.png cannot be read: claims 9000x9000 pixels, more than its %s bytes can hold"
                  .formatted(file.length)
              + SKIPPING,
          refusal(with("train/cat/0.png", file)));
    }
  }

  @Test
  void aJpegOfAThousandScansIsRefusedUndecoded() throws IOException {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    byte[] whole = TinyImages.jpeg(1);
    jpeg.write(whole, 0, whole.length - 2);
    for (int i = 0; i < 1000; i++) {
      jpeg.write(new byte[] {(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, 0, 63, 0});
    }
    jpeg.write(new byte[] {(byte) 0xff, (byte) 0xd9});
    String refusal = refusal(with("train/cat/0.png", jpeg.toByteArray()));
    assertTrue(
        refusal.startsWith("train/cat/0.png cannot be read: has more than 100 scans"), refusal);
  }

  @Test
  void aTarThatIsCutBetweenTwoEntriesIsNotASmallerOne() throws IOException {
    Path place = TinyImages.tar(folder.resolve("cut.tar"), TinyImages.files());
    byte[] whole = Files.readAllBytes(place);
    int end = whole.length;
    while (whole[end - 1] == 0) {
      end--;
    }
    Files.write(place, Arrays.copyOf(whole, (end + 511) / 512 * 512));
    assertEquals(
        "is cut short: its last entry is whole, but the mark of a tar's end is missing",
        refusal(place));
  }

  @Test
  void aLinkToAFolderAboveIsNamed() throws IOException {
    Path place = TinyImages.folder(folder.resolve("loop"), TinyImages.files());
    Path link = Files.createSymbolicLink(place.resolve("train/cat/up"), Path.of(".."));
    assertEquals(
        link + ": is a link to a folder that it lies in",
        assertThrows(InvalidInputException.class, () -> ImageFilesTest.load(place, false))
            .getMessage());
  }

  @Test
  void aTarsNameOfMegabytesIsNeverRead() throws IOException {
    Path place = folder.resolve("long.tar");
    try (OutputStream out = Files.newOutputStream(place);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      TarArchiveEntry header =
          new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME);
      header.setSize(3 << 20);
      tar.putArchiveEntry(header);
      tar.write(new byte[3 << 20]);
      tar.closeArchiveEntry();
    }
    assertEquals(
        "the entry at byte 0 has a name of 3145728 bytes; is no tar, or a damaged one",
        refusal(place));
  }
}

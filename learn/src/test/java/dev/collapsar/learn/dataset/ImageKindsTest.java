package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.Sha256;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.picture.ImageDecoder;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.picture.PreparedPictures;
import dev.collapsar.random.Seed;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/** Images and folders as cameras, printers and other programs leave them. */
class ImageKindsTest {
  private static final String KINDS = "/dev/collapsar/learn/dataset/kinds/";

  @TempDir private Path folder;
  private int places;

  static byte[] file(String name) {
    try (InputStream in = ImageKindsTest.class.getResourceAsStream(KINDS + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** JPEG decoders round differently by a step or two a stage. */
  @ParameterizedTest
  @CsvFileSource(resources = KINDS + "expected.csv", numLinesToSkip = 1)
  void everyKindIsReadAsPillowReadsItUpright(
      String name, String leftAbove, String rightAbove, String leftBelow, String rightBelow)
      throws IOException {
    try (ImageDecoder decoder = new ImageDecoder()) {
      Picture picture = decoder.decode(file(name));
      assertEquals("24x16", picture.look().size());
      String[] expected = {leftAbove, rightAbove, leftBelow, rightBelow};
      int[] at = {4 * 24 + 7, 4 * 24 + 20, 12 * 24 + 7, 12 * 24 + 20};
      for (int i = 0; i < at.length; i++) {
        int[] colour = Arrays.stream(expected[i].split(" ")).mapToInt(Integer::parseInt).toArray();
        for (int c = 0; c < 3; c++) {
          int found = Byte.toUnsignedInt(picture.planes()[c * 24 * 16 + at[i]]);
          assertEquals(colour[c], found, 3, "channel %s of quarter %s".formatted(c, i));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"orientation-6.jpg", "orientation-6.png", "orientation-6.webp"})
  void anImageOnItsSideHasItsSizeAsStored(String name) throws IOException {
    try (ImageDecoder decoder = new ImageDecoder()) {
      assertArrayEquals(new int[] {16, 24}, decoder.storedSize(file(name)));
      assertTrue(decoder.isOnItsSide(file(name)));
    }
  }

  /** In the film any two bytes come up, those of a scan's start too. */
  @Test
  void aPhotographWithAFilmBehindItIsRead() throws IOException {
    byte[] photograph = file("orientation-1.jpg");
    byte[] film = new byte[1000];
    for (int i = 0; i < film.length; i += 2) {
      film[i] = (byte) 0xff;
      film[i + 1] = (byte) 0xda;
    }
    byte[] both = Arrays.copyOf(photograph, photograph.length + film.length);
    System.arraycopy(film, 0, both, photograph.length, film.length);
    try (ImageDecoder decoder = new ImageDecoder()) {
      assertArrayEquals(decoder.decode(photograph).planes(), decoder.decode(both).planes());
    }
  }

  @Test
  void ofAnAnimationTheFirstImageIsReadIfItIsWhole() throws IOException {
    byte[] still = file("lossless.webp");
    try (ImageDecoder decoder = new ImageDecoder()) {
      byte[] whole = animation(still, 24);
      assertArrayEquals(decoder.decode(still).planes(), decoder.decode(whole).planes());
      byte[] part = animation(still, 25);
      assertEquals(
          "is an animation whose first image does not fill its canvas; save one image of it",
          assertThrows(IOException.class, () -> decoder.decode(part)).getMessage());
    }
  }

  /** Of one image of 24x16 pixels, the chunk behind a file's first twelve bytes. */
  private static byte[] animation(byte[] still, int width) {
    int image = still.length - 12;
    ByteBuffer file = ByteBuffer.allocate(12 + 18 + 14 + 24 + image);
    file.order(ByteOrder.LITTLE_ENDIAN).put(still, 0, 12).putInt(4, file.capacity() - 8);
    byte[] canvas = {2, 0, 0, 0, (byte) (width - 1), 0, 0, 15, 0, 0};
    file.put("VP8X".getBytes()).putInt(canvas.length).put(canvas);
    file.put("ANIM".getBytes()).putInt(6).put(new byte[6]);
    byte[] frame = {0, 0, 0, 0, 0, 0, 23, 0, 0, 15, 0, 0, 100, 0, 0, 2};
    file.put("ANMF".getBytes()).putInt(frame.length + image).put(frame).put(still, 12, image);
    return file.array();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0000001866747970 68656963 | is a HEIF (HEIC); read are JPEG, PNG, WebP and BMP",
        "0000001866747970 61766966 | is an AVIF; read are JPEG, PNG, WebP and BMP",
        "474946383961 | is a GIF; read are JPEG, PNG, WebP and BMP",
        "49492a0008000000 | is a TIFF or a camera's raw file; read are JPEG, PNG, WebP and BMP",
        "3c7376672f3e | is SVG or other XML; read are JPEG, PNG, WebP and BMP",
        "0005160700020000 | is macOS' book-keeping (AppleDouble); read are JPEG, PNG, WebP and BMP",
        "3c68746d6c3e | is a web page in place of the file; its download did not give the file",
        "ffd8ffe000044a46 | is cut short: it ends before its pixels",
        "01 | is no JPEG, PNG, WebP or BMP"
      })
  void whatLiesUnderAnImagesNameIsNamed(String bytes, String problem) {
    byte[] file = HexFormat.of().parseHex(bytes.replace(" ", ""));
    try (ImageDecoder decoder = new ImageDecoder()) {
      assertEquals(
          problem, assertThrows(IOException.class, () -> decoder.decode(file)).getMessage());
    }
  }

  @Test
  void turnedImagesAreCounted() throws IOException {
    Map<String, byte[]> files =
        Map.of(
            "train/a/1.jpg", file("orientation-1.jpg"),
            "train/a/6.JFIF", file("orientation-6.jpg"),
            "train/b/2.webp", file("lossless.webp"),
            "test/a/3.jpg", file("orientation-3.jpg"),
            "test/b/4.webp", file("lossy.webp"));
    assertTrue(notes(files).contains("2 of 5 images were turned as their EXIF data say"));
  }

  @ParameterizedTest
  @CsvSource({"255,10,20,30", "128,132,137,142", "0,255,255,255"})
  void whatIsTransparentIsPutOnWhite(int alpha, int red, int green, int blue) throws IOException {
    byte[] png =
        TinyImages.encoded(
            "png",
            TinyImages.image(
                BufferedImage.TYPE_INT_ARGB,
                TinyImages.WIDTH,
                TinyImages.HEIGHT,
                (x, y) -> x == 0 && y == 0 ? alpha << 24 | 0x0a141e : 0xff000000 | x + 5 * y));
    Map<String, byte[]> files = TinyImages.files();
    files.put("train/cat/0.png", png);
    ImageData data = load(files);
    byte[] pixels = PixelBytes.of(data.train());
    int plane = TinyImages.WIDTH * TinyImages.HEIGHT;
    assertArrayEquals(
        new byte[] {(byte) red, (byte) green, (byte) blue},
        new byte[] {pixels[0], pixels[plane], pixels[2 * plane]});
    assertEquals(
        alpha == 255
            ? List.of()
            : List.of("1 of 8 images have transparent pixels, which were put on white"),
        said(data));
  }

  @ParameterizedTest
  @CsvSource({".ipynb_checkpoints", "__MACOSX", "@eaDir", ".git"})
  void foldersOfOtherProgramsAreNoClasses(String foreign) throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("train/" + foreign + "/0.png", TinyImages.png(40));
    files.put("train/cat/" + foreign + "/0-checkpoint.png", TinyImages.png(41));
    files.put(foreign + "/train/cat/0.png", TinyImages.png(42));
    ImageData data = load(files);
    assertEquals(List.of("cat", "dog"), data.train().classes());
    assertEquals(6, data.train().count());
    assertEquals(
        List.of("folders that are no classes were left out: " + foreign + " (3 images)"),
        said(data));
  }

  @Test
  void filesThatAreNotReadAreCountedByTheirKind() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    byte[] some = {1};
    files.put("train/cat/a.tif", some);
    files.put("train/cat/b.HEIC", some);
    files.put("test/dog/c.heic", some);
    files.put("train/dog/README", some);
    files.put("train/dog/Thumbs.db", some);
    assertEquals(
        List.of(
            "4 files (1 without an ending, 2 .heic, 1 .tif) were left out, whose kind is not read"),
        notes(files));
  }

  @Test
  void testImagesThatAreTrainingImagesAndContradictionsAreCounted() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("test/cat/7.png", TinyImages.png(2)); // train/cat/1.png
    files.put("test/dog/7.png", TinyImages.png(5)); // train/dog/0.png
    files.put("train/dog/9.png", TinyImages.png(1)); // train/cat/0.png
    assertEquals(
        List.of(
            "1 training image repeats an earlier one, pixel by pixel: within their classes such"
                + " pull NC1 towards 0",
            "2 of 4 test images are training images too, pixel by pixel, the first test/cat/7.png"
                + " (train/cat/1.png)",
            "1 image stands in more than one class, the first as train/cat/0.png and"
                + " train/dog/9.png"),
        notes(files));
    assertEquals(List.of(), notes(TinyImages.files()));
  }

  @Test
  void composedAndDecomposedSpellingsAreOneClass() throws IOException {
    String composed = "\u00c4pfel";
    String decomposed = Normalizer.normalize(composed, Normalizer.Form.NFD);
    byte[][] hashes = new byte[2][];
    int i = 0;
    for (String inTest : List.of(composed, decomposed)) {
      Map<String, byte[]> files = TinyImages.files();
      files.put("train/" + composed + "/b.png", TinyImages.png(31));
      files.put("test/" + inTest + "/\u00fc.png", TinyImages.png(32));
      ImageData data = load(files);
      assertEquals(List.of("cat", "dog", composed), data.train().classes());
      assertEquals(data.train().classes(), data.test().classes());
      hashes[i++] = data.test().sha256().toString().getBytes(StandardCharsets.UTF_8);
    }
    assertArrayEquals(hashes[0], hashes[1], "the same data under the other spelling");
  }

  @Test
  void imagesInAFileAreTheSameAsInMemory() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("train/cat/1.png", new byte[0]);
    Path place = TinyImages.folder(folder.resolve("place"), files);
    try (ImageFiles images = ImageFiles.open(place)) {
      ImageData inMemory = images.load(request(true), 8 * 3 * 20);
      ImageData inFile = images.load(request(true), 8 * 3 * 20 - 1);
      assertArrayEquals(PixelBytes.of(inMemory.train()), PixelBytes.of(inFile.train()));
      assertArrayEquals(PixelBytes.of(inMemory.test()), PixelBytes.of(inFile.test()));
      assertEquals(inMemory.train().fingerprint(), inFile.train().fingerprint());
      assertEquals(inMemory.normalized(), inFile.normalized());
      assertEquals("Rows", inFile.train().pixels().getClass().getSimpleName());
      assertEquals("InMemory", inMemory.train().pixels().getClass().getSimpleName());
    }
  }

  /** Noise, so that the files are as large as photographs. */
  @Test
  void photographsThatWerePreparedAreNotDecodedAgain() throws IOException {
    SplittableRandom chance = new SplittableRandom(1);
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : List.of("train/a/0", "train/a/1", "train/b/2", "test/a/3", "test/b/4")) {
      BufferedImage noise =
          TinyImages.image(BufferedImage.TYPE_INT_RGB, 320, 300, (x, y) -> chance.nextInt());
      files.put(name + ".png", TinyImages.encoded("png", noise));
    }
    Path place = TinyImages.folder(folder.resolve("photographs"), files);
    Path kept = folder.resolve("images.prepared");
    Picture.Wanted wanted = Picture.Wanted.square(6);
    ImageRequest request = request(false).prepared(new Preparation(6), 6, 6).keptIn(kept);
    byte[] decoded = PixelBytes.of(load(place, request).train());
    assertArrayEquals(decoded, PixelBytes.of(load(place, request).train()));

    Files.delete(kept);
    byte[] sevens = new byte[3 * 36];
    Arrays.fill(sevens, (byte) 7);
    try (PreparedPictures pictures = PreparedPictures.in(Optional.of(kept))) {
      Picture.Look look = new Picture.Look(6, 6, false, false, false);
      pictures.add(Sha256.of(files.get("train/a/0.png")), wanted, new Picture(look, sevens));
    }
    byte[] found = PixelBytes.of(load(place, request).train());
    assertArrayEquals(sevens, Arrays.copyOf(found, sevens.length));
    assertArrayEquals(
        Arrays.copyOfRange(decoded, sevens.length, decoded.length),
        Arrays.copyOfRange(found, sevens.length, found.length));
  }

  private static ImageData load(Path place, ImageRequest request) {
    try (ImageFiles files = ImageFiles.open(place)) {
      return files.load(request);
    }
  }

  @Test
  void greyImagesInAFileHaveOneChannel() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    for (String path : List.copyOf(files.keySet())) {
      int number = files.get(path).length + path.hashCode() % 50;
      BufferedImage grey = new BufferedImage(5, 4, BufferedImage.TYPE_BYTE_GRAY);
      for (int p = 0; p < 20; p++) {
        grey.getRaster().setSample(p % 5, p / 5, 0, number + p & 0xff);
      }
      files.put(path, TinyImages.encoded("png", grey));
    }
    Path place = TinyImages.folder(folder.resolve("place"), files);
    try (ImageFiles images = ImageFiles.open(place)) {
      ImageData inFile = images.load(request(false), 0);
      assertEquals(1, inFile.train().channels());
      assertArrayEquals(
          PixelBytes.of(images.load(false, 2, n -> {}).train()), PixelBytes.of(inFile.train()));
    }
  }

  private ImageData load(Map<String, byte[]> files) throws IOException {
    Path inFolder = TinyImages.folder(folder.resolve("place" + places++), files);
    Path inTar = TinyImages.tar(folder.resolve("place" + places++ + ".tar"), files);
    ImageData unpacked = ImageFilesTest.load(inFolder, false);
    ImageData packed = ImageFilesTest.load(inTar, false);
    assertArrayEquals(PixelBytes.of(unpacked.train()), PixelBytes.of(packed.train()));
    assertEquals(said(unpacked), said(packed), "a tar is read as a folder is");
    return unpacked;
  }

  private static ImageRequest request(boolean skipUnreadable) {
    return ImageRequest.of(new Seed(1), 2, n -> {}).skipping(skipUnreadable);
  }

  private List<String> notes(Map<String, byte[]> files) throws IOException {
    return said(load(files));
  }

  /** Without the place. */
  private static List<String> said(ImageData data) {
    return data.notes().stream().map(note -> note.substring(note.indexOf(": ") + 2)).toList();
  }
}

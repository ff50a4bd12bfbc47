package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.random.Seed;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArrivedDataTest {
  @TempDir private Path folder;
  private int made;

  private Path place(Map<String, byte[]> files) throws IOException {
    return TinyImages.folder(folder.resolve("place" + made++), files);
  }

  private static ImageData load(Path place, UnaryOperator<ImageRequest> wish) {
    try (ImageFiles files = ImageFiles.open(place)) {
      return files.load(wish.apply(ImageRequest.of(new Seed(5), 2, n -> {})));
    }
  }

  private static ImageData load(Path place) {
    return load(place, request -> request);
  }

  private static String refusal(Path place, UnaryOperator<ImageRequest> wish) {
    String message =
        assertThrows(InvalidInputException.class, () -> load(place, wish)).getMessage();
    assertTrue(message.indexOf('\n') < 0, message);
    return message.replace(place + ": ", "");
  }

  /** So many different images of each class, in flat folders. */
  private static Map<String, byte[]> flat(int cats, int dogs) {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < cats; i++) {
      files.put(String.format(Locale.ROOT, "cat/c%02d.png", i), TinyImages.png(i));
    }
    for (int i = 0; i < dogs; i++) {
      files.put(String.format(Locale.ROOT, "dog/d%02d.png", i), TinyImages.png(100 + i));
    }
    return files;
  }

  private static Set<String> files(ImageData data, Part part) {
    return new HashSet<>(data.split().files(part));
  }

  @ParameterizedTest
  @CsvSource({"Train, VALID", "TRAIN, dev", "training, Validation", "train, Testing"})
  void halvesAreFoundInAnySpelling(String train, String other) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    TinyImages.files()
        .forEach(
            (path, bytes) ->
                files.put(path.replaceFirst("^train", train).replaceFirst("^test", other), bytes));
    ImageData data = load(place(files));
    assertEquals(6, data.train().count());
    assertEquals(2, data.test().count());
    assertTrue(data.test().name().endsWith("/" + other), data.test().name());
    assertTrue(data.validation().isEmpty());
  }

  @Test
  void validationImagesAreApartWhereThereIsATest() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("val/cat/7.png", TinyImages.png(70));
    files.put("val/dog/8.png", TinyImages.png(71));
    ImageData data = load(place(files), ImageRequest::validating);
    assertEquals(70, PixelBytes.of(data.validation().orElseThrow())[0]);
    assertEquals(6, data.train().count());
  }

  @Test
  void flatFoldersAreDividedInTheSameShares() throws IOException {
    ImageData data = load(place(flat(40, 20)));
    assertEquals(List.of("cat", "dog"), data.train().classes());
    assertArrayEquals(new long[] {28, 14}, counts(data.train().labels()));
    assertArrayEquals(new long[] {6, 3}, counts(data.validation().orElseThrow().labels()));
    assertArrayEquals(new long[] {6, 3}, counts(data.test().labels()));
    assertTrue(data.split().drawn());
    assertEquals(60, data.split().toCsv().lines().count() - 1);
  }

  private static long[] counts(int[] labels) {
    long[] counts = new long[2];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  @Test
  void aSplitIsOfItsSeedWhateverTheArchivesOrder() throws IOException {
    Map<String, byte[]> backwards = new TreeMap<>(Collections.reverseOrder());
    flat(20, 20).forEach((path, bytes) -> backwards.put("pets/" + path, bytes));
    Path zip = folder.resolve("pets.zip");
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream entries = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : backwards.entrySet()) {
        entries.putNextEntry(new ZipEntry(file.getKey()));
        entries.write(file.getValue());
      }
    }
    ImageData unpacked = load(place(flat(20, 20)));
    ImageData packed = load(zip);
    assertEquals(unpacked.split(), packed.split());
    assertArrayEquals(PixelBytes.of(unpacked.train()), PixelBytes.of(packed.train()));
    ImageData other = load(zip, r -> ImageRequest.of(new Seed(6), 1, n -> {}));
    assertTrue(!other.split().equals(packed.split()), "another seed, another split");
  }

  @Test
  void imagesThatAreTheSameStayOnOneSide() throws IOException {
    Map<String, byte[]> files = flat(30, 30);
    for (int i = 0; i < 30; i++) {
      files.put(String.format(Locale.ROOT, "cat/again%02d.png", i), TinyImages.png(i));
    }
    ImageData data = load(place(files));
    for (Part part : Part.values()) {
      Set<String> own = files(data, part);
      for (int i = 0; i < 30; i++) {
        assertEquals(
            own.contains(String.format(Locale.ROOT, "cat/c%02d.png", i)),
            own.contains(String.format(Locale.ROOT, "cat/again%02d.png", i)));
      }
    }
    assertTrue(
        data.notes().stream().anyMatch(n -> n.contains("images repeat an earlier one")),
        data.notes().toString());
  }

  @Test
  void groupsAreNotDivided() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      String type = i % 2 == 0 ? "cat" : "dog";
      files.put(String.format(Locale.ROOT, "%s/p%02d_%s.png", type, i / 6, i), TinyImages.png(i));
    }
    Path place = place(files);
    for (String group : List.of("prefix", "/p(\\d+)_")) {
      ImageData data = load(place, r -> r.grouped(Grouping.of(group)));
      Map<String, Set<Part>> parts = new LinkedHashMap<>();
      data.split()
          .rows()
          .forEach(row -> parts.computeIfAbsent(row.group(), g -> new HashSet<>()).add(row.part()));
      assertEquals(10, parts.size());
      parts.forEach((name, in) -> assertEquals(1, in.size(), name));
      assertTrue(data.test().count() >= 6 && data.validation().orElseThrow().count() >= 6);
    }
    assertEquals(
        "data.group=(x): is not found in cat/p00_0.png",
        refusal(place, r -> r.grouped(Grouping.of("(x)"))));
  }

  @Test
  void ofAClassOfOneTheImageIsLearnedAndOfTwoOneIsTested() throws IOException {
    ImageData one = load(place(flat(20, 1)));
    assertTrue(files(one, Part.TRAIN).contains("dog/d00.png"));
    ImageData two = load(place(flat(20, 2)));
    assertArrayEquals(new long[] {14, 1}, counts(two.train().labels()));
    assertArrayEquals(new long[] {3, 1}, counts(two.test().labels()));
  }

  @Test
  void aTrainingHalfWithoutValidationGivesSome() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    flat(20, 20).forEach((path, bytes) -> files.put("train/" + path, bytes));
    files.put("test/cat/0.png", TinyImages.png(200));
    files.put("test/dog/1.png", TinyImages.png(201));
    Path place = place(files);
    ImageData data = load(place, ImageRequest::validating);
    assertEquals(34, data.train().count());
    assertEquals(6, data.validation().orElseThrow().count());
    assertEquals(2, data.test().count());
    assertEquals(40, load(place).train().count(), "who chooses no epoch learns from all");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file,label", "Filename;Class", "image_id\tcategory"})
  void aTableSaysTheLabels(String header) throws IOException {
    String separator = header.replaceAll("[A-Za-z_]", "");
    StringBuilder table = new StringBuilder(header + "\r\n");
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      files.put(String.format(Locale.ROOT, "images/i%02d.png", i), TinyImages.png(i));
      String name =
          i % 3 == 0
              ? String.format(Locale.ROOT, "i%02d", i)
              : String.format(Locale.ROOT, "images/i%02d.png", i);
      table.append('"').append(name).append('"').append(separator).append(i < 10 ? "a" : "b, c");
      table.append("\r\n");
    }
    String text =
        separator.equals(",") ? table.toString().replace("b, c", "\"b, c\"") : table.toString();
    files.put("labels.csv", text.getBytes());
    files.put("images/unnamed.png", TinyImages.png(99));
    Path place = place(files);
    ImageData data = load(place);
    assertEquals(List.of("a", "b, c"), data.train().classes());
    assertEquals(20, data.split().rows().size());
    assertEquals(
        data.split(), load(place.resolve("labels.csv")).split(), "the table names its folder");
    assertTrue(
        data.notes().stream().anyMatch(n -> n.contains("1 images that labels.csv does not name")),
        data.notes().toString());
  }

  @Test
  void aTableMaySaySplitAndGroup() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    StringBuilder table = new StringBuilder("file,label,split,camera\n");
    for (int i = 0; i < 12; i++) {
      files.put(String.format(Locale.ROOT, "i%02d.png", i), TinyImages.png(i));
      table.append(
          String.format(
              Locale.ROOT,
              "i%02d.png,%s,%s,k%d%n",
              i,
              i % 2 == 0 ? "a" : "b",
              i < 8 ? "train" : "test",
              i % 3));
    }
    files.put("labels.csv", table.toString().getBytes());
    ImageData data = load(place(files), r -> r.grouped(Grouping.of("column:Camera")));
    assertEquals(8, data.train().count());
    assertEquals(4, data.test().count());
    assertTrue(!data.split().drawn());
    assertTrue(
        data.notes().stream().anyMatch(n -> n.contains("3 of the groups stand in several parts")),
        data.notes().toString());
  }

  @Test
  void whatIsWrittenOfASplitIsATableThatGivesItAgain() throws IOException {
    Path place = place(flat(20, 20));
    ImageData drawn = load(place);
    Files.writeString(place.resolve("splits.csv"), drawn.split().toCsv());
    ImageData again = load(place, r -> ImageRequest.of(new Seed(77), 1, n -> {}));
    assertEquals(drawn.split().rows(), again.split().rows());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file,label;c00.png,a;c01.png | labels.csv: line 3 has 1 cells, the first 2",
        "file,label;none.png,a;c01.png,b | labels.csv: 1 of its 2 files are not there, the first"
            + " none.png",
        "file,label;c00.png,a;cat/c00.png,b | labels.csv: line 3: cat/c00.png stands there twice,"
            + " as a and b",
        "file,label;c00.png,a;c01.png,a | labels.csv has one class, a; there must be at least 2",
        "file,label,split;c00.png,a,train;c01.png,b,maybe | labels.csv: line 3: split maybe; it"
            + " must be train, validation or test",
        "file,label,split;c00.png,a,train;c01.png,b, | labels.csv: 1 of its 2 rows say their split,"
            + " the others do not",
        "file,label;\"c00.png,a | labels.csv: a quote does not end"
      })
  void aTableThatIsWrongIsRefusedInOneLine(String lines, String expected) throws IOException {
    Map<String, byte[]> files = flat(2, 0);
    files.put("labels.csv", lines.replace(';', '\n').getBytes());
    assertEquals(expected, refusal(place(files), r -> r));
  }

  @Test
  void mixedSizesAreResizedAndCutAndItIsSaid() throws IOException {
    Map<String, byte[]> files = flat(20, 20);
    files.put(
        "cat/wide.png",
        TinyImages.encoded(
            "png", TinyImages.image(BufferedImage.TYPE_INT_RGB, 16, 8, (x, y) -> x << 16 | y)));
    ImageData data = load(place(files));
    assertEquals(List.of(3L, 4L, 4L), data.train().shape());
    assertEquals(4, data.train().preparation().orElseThrow().shortSide());
    assertTrue(
        data.notes()
            .get(0)
            .endsWith(
                "images: short side resized to 4 (bilinear, antialiased), 4x4 cut from the centre"),
        data.notes().toString());
    ImageData chosen =
        load(place(files), r -> r.prepared(new Preparation(7), 7, 7).withChannels(1));
    assertEquals(List.of(1L, 7L, 7L), chosen.train().shape());
    assertEquals(7, chosen.train().input().preparation().orElseThrow().shortSide());
  }

  @Test
  void classesCalledByNumbersAreNoticed() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 6; i++) {
      files.put(String.format(Locale.ROOT, "2/%d.png", i), TinyImages.png(i));
      files.put(String.format(Locale.ROOT, "10/%d.png", i), TinyImages.png(20 + i));
    }
    ImageData data = load(place(files));
    assertEquals(List.of("10", "2"), data.train().classes());
    assertTrue(
        data.notes().stream().anyMatch(n -> n.contains("label 0 is class 10, label 1 class 2")),
        data.notes().toString());
  }

  @Test
  void namesThatLookAlikeAreToldApart() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    files.put("train/p\u0430w/1.png", TinyImages.png(8)); // a Cyrillic a
    files.put("test/paw/2.png", TinyImages.png(9));
    assertEquals(
        "train/ and test/ must have the same classes; only train/ has p\u0430w (p\\u0430w)",
        refusal(place(files), r -> r));
  }

  @Test
  void aClassThatLosesAllItsImagesSaysSo() throws IOException {
    Map<String, byte[]> files = flat(20, 1);
    files.put("dog/d00.png", new byte[0]);
    assertEquals(
        "no image of class dog can be learned from", refusal(place(files), r -> r.skipping(true)));
  }
}

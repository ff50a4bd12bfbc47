package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.random.Seed;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** Few patients, each with images of every class. */
  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 7})
  void largeGroupsStillGiveATestAndAValidation(int groups) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 0; i < 12 * groups; i++) {
      files.put(
          "%s/p%s-%s.png".formatted(i % 2 == 0 ? "a" : "b", i % groups, i), TinyImages.png(i));
    }
    ImageData data = load(place(files), r -> r.grouped(Grouping.of("prefix")));
    assertEquals(12, data.test().count());
    assertEquals(12, data.validation().orElseThrow().count());
    assertEquals(12 * (groups - 2), data.train().count());
  }

  @Test
  void whereNothingIsLeftForATestItIsSaid() throws IOException {
    Map<String, byte[]> alone = flat(1, 1);
    assertEquals(
        "no image is left for a test; there must be at least 2 different ones of some class",
        refusal(place(alone), r -> r));
    Map<String, byte[]> one = new TreeMap<>();
    flat(5, 5).forEach((path, bytes) -> one.put(path.replaceFirst("/.", "/p-"), bytes));
    assertEquals(
        "no image is left for a test, since the 1 groups stay whole and every class must be"
            + " learned; there must be more groups, or halves",
        refusal(place(one), r -> r.grouped(Grouping.of("prefix"))));
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

  private static byte[] table(String lines) {
    return lines.replace(';', '\n').getBytes(StandardCharsets.UTF_8);
  }

  private static void assertSaid(ImageData data, String part) {
    assertTrue(data.notes().stream().anyMatch(n -> n.contains(part)), data.notes().toString());
  }

  /** As competitions come: the labels of the training images, and an example of an answer. */
  @Test
  void ofSeveralTablesNoneIsChosenForTheUser() throws IOException {
    Map<String, byte[]> files = flat(2, 2);
    files.put("train.csv", table("id,label;c00,a;c01,b;d00,a;d01,b"));
    files.put("sample_submission.csv", table("id,label;c00,a;c01,b"));
    Path place = place(files);
    assertEquals(
        "holds several tables of files and labels, sample_submission.csv, train.csv; name the one"
            + " that counts as the data",
        refusal(place, r -> r));
    assertEquals(4, load(place.resolve("train.csv")).split().rows().size());
  }

  @Test
  void aTableInAClassFolderIsNotTheDatas() throws IOException {
    Map<String, byte[]> files = flat(20, 20);
    files.put("cat/camera.csv", table("file,label;c00.png,x;c01.png,y"));
    assertEquals(List.of("cat", "dog"), load(place(files)).train().classes());
  }

  @Test
  void aTablesPathsMayBeginAtTheTopOrLeadOutAndBack() throws IOException {
    Map<String, byte[]> files = flat(1, 2);
    Path place = place(files);
    String top = place.toAbsolutePath().toString().replace('\\', '/');
    Files.write(
        place.resolve("labels.csv"),
        table(
            "file,label;%s/cat/c00.png,a;../%s/dog/d00.png,b;./dog/../dog/d01.png,b"
                .formatted(top, place.getFileName())));
    assertEquals(3, load(place).split().rows().size());
    Files.write(place.resolve("labels.csv"), table("file,label;/elsewhere/cat/c00.png,a"));
    assertEquals(
        "labels.csv: 1 of its 1 files are not there, the first /elsewhere/cat/c00.png",
        refusal(place, r -> r));
  }

  @Test
  void ofColumnsThatMayBothBeMeantOneCountsAndItIsSaid() throws IOException {
    Map<String, byte[]> files = flat(1, 2);
    files.put(
        "labels.csv", table("id,Class,filename,label;1,x,c00.png,0;2,y,d00.png,1;3,y,d01.png,1"));
    ImageData data = load(place(files));
    assertEquals(List.of("0", "1"), data.train().classes());
    assertSaid(
        data, "labels are those of labels.csv (its column filename, not id; its column label");
  }

  @Test
  void aTableOfAnotherEncodingIsRefused() throws IOException {
    Map<String, byte[]> files = flat(2, 2);
    files.put("labels.csv", "file,label\nc00.png,B\u00e4r\n".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals("labels.csv: is not written in UTF-8; save it so", refusal(place(files), r -> r));
  }

  @Test
  void aTableThatIsNotUsedIsSaid() throws IOException {
    Map<String, byte[]> files = flat(20, 20);
    files.put("meta.csv", table("filename,camera;c00.png,x"));
    assertSaid(load(place(files)), "meta.csv was not used: its first line names no files and");
    Map<String, byte[]> halves = TinyImages.files();
    halves.put("labels.tsv", table("file\tlabel;0.png\tzebra"));
    assertSaid(load(place(halves)), "labels.tsv was not used: the folders are the halves");
    Map<String, byte[]> loose = Map.of("0.png", TinyImages.png(0), "t.csv", table("img,species"));
    assertTrue(
        refusal(place(loose), r -> r)
            .endsWith(
                "; t.csv: its first line must name the columns file and label (or filename, path,"
                    + " image, id; class, category, target); it is img,species"));
  }

  @Test
  void imagesInOtherProgramsFoldersAreCountedWhereverTheyLie() throws IOException {
    Map<String, byte[]> files = flat(20, 20);
    files.put("__MACOSX/cat/0.png", TinyImages.png(0));
    files.put("dog/@eaDir/0.png", TinyImages.png(1));
    assertSaid(
        load(place(files)),
        "folders that are no classes were left out: @eaDir (1 images), __MACOSX (1 images)");
  }

  /** Of no square they would be enlarged before they are cut. */
  @Test
  void imagesOfTheSizeThatANetworkTakesStayAsTheyAreAmongOthers() throws IOException {
    Map<String, byte[]> files = TinyImages.files();
    Path place = place(files);
    ImageSet alone = load(place).train();
    Picture.Wanted wanted = Picture.Wanted.of(alone.input());
    ImageData again = load(place, r -> r.sized(wanted));
    assertArrayEquals(PixelBytes.of(alone), PixelBytes.of(again.train()));
    assertTrue(again.train().preparation().isEmpty());
    files.put(
        "train/cat/9.png",
        TinyImages.encoded(
            "png", TinyImages.image(BufferedImage.TYPE_INT_RGB, 9, 9, (x, y) -> x << 16 | y)));
    ImageSet mixed =
        LooseImages.placed(
                place(files).resolve("train"),
                ImageRequest.of(new Seed(5), 1, n -> {}).sized(wanted))
            .images();
    assertEquals(alone.count() + 1, mixed.count());
    byte[] expected = PixelBytes.of(alone);
    int own = 3 * alone.imageSize(); // the cats before the one that is larger
    assertArrayEquals(Arrays.copyOf(expected, own), Arrays.copyOf(PixelBytes.of(mixed), own));
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

package dev.collapsar.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.LabeledBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Labels in the forms that people save them in, beside features whose only value is the row. */
class LabelFormsTest {
  private static final int ROWS = 6;

  @TempDir Path folder;

  private String features() throws IOException {
    return array("x", "<f4", "(6, 1)", numbers(Float.BYTES, 0, 1, 2, 3, 4, 5));
  }

  private String array(String name, String descr, String shape, ByteBuffer elements)
      throws IOException {
    String head =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n".formatted(descr, shape);
    ByteBuffer file =
        ByteBuffer.allocate(10 + head.length() + elements.remaining())
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.putShort((short) head.length()).put(head.getBytes(StandardCharsets.US_ASCII));
    Path path = folder.resolve(name + ".npy");
    Files.write(path, file.put(elements).array());
    return path.toString();
  }

  /** float32 of 4 bytes, float64 of 8, int64 of -8. */
  private static ByteBuffer numbers(int kind, double... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Math.abs(kind)).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      switch (kind) {
        case 4 -> bytes.putFloat((float) value);
        case 8 -> bytes.putDouble(value);
        default -> bytes.putLong((long) value);
      }
    }
    return bytes.flip();
  }

  /** As numpy's {@code <U5}. */
  private static ByteBuffer words(String... words) {
    ByteBuffer bytes = ByteBuffer.allocate(words.length * 20).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < words.length; i++) {
      bytes.position(20 * i);
      words[i].codePoints().forEach(bytes::putInt);
    }
    return bytes.clear();
  }

  private String integers(double... values) throws IOException {
    return array("y", "<i8", "(%s,)".formatted(values.length), numbers(-8, values));
  }

  private static int[] classes(FeatureFile table) {
    List<Integer> all = new ArrayList<>();
    try (BatchSource source = table.read(4)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        assertEquals(all.size(), batch.firstRow());
        for (int i = 0; i < batch.rows(); i++) {
          all.add(batch.labels()[i]);
        }
      }
    }
    return all.stream().mapToInt(k -> k).toArray();
  }

  private static float[] values(FeatureFile table, long from, long to, int batchRows) {
    List<Float> all = new ArrayList<>();
    try (BatchSource source = table.read(from, to, batchRows)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        for (int i = 0; i < batch.rows() * batch.width(); i++) {
          all.add(batch.floats()[i]);
        }
      }
    }
    float[] values = new float[all.size()];
    IntStream.range(0, values.length).forEach(i -> values[i] = all.get(i));
    return values;
  }

  private static String refusal(org.junit.jupiter.api.function.Executable use) {
    String message = assertThrows(InvalidInputException.class, use).getMessage();
    assertEquals(1, message.lines().count());
    return message;
  }

  @Test
  void textIsNumberedInTheOrderOfItsLetters() throws IOException {
    String labels = array("y", "<U5", "(6,)", words("dog", "cat", "cat", "émeu", "dog", "cat"));
    try (FeatureFile table = FeatureFile.open(features(), labels)) {
      assertEquals(3, table.classes());
      assertArrayEquals(new int[] {1, 0, 0, 2, 1, 0}, classes(table));
      assertEquals(List.of("cat", "dog", "émeu"), table.classNames());
      assertTrue(table.notes().get(0).contains("cat, dog, émeu"), table.notes().toString());
    }
  }

  @Test
  void textOfBytesThatSpellsNumbersIsThoseNumbers() throws IOException {
    String labels =
        array(
            "y",
            "|S2",
            "(6,)",
            ByteBuffer.wrap(new byte[] {'1', '0', '2', 0, '2', 0, '0', 0, '1', 0, '1', '0'}));
    try (FeatureFile table = FeatureFile.open(features(), labels)) {
      table.requireClasses(11);
      assertArrayEquals(new int[] {10, 2, 2, 0, 1, 10}, classes(table));
      assertEquals(4, table.classes());
      assertArrayEquals(new int[] {3, 2, 2, 0, 1, 3}, classes(table));
    }
  }

  @Test
  void oneHotRowsAreTheColumnOfTheirOne() throws IOException {
    double[] hot = new double[ROWS * 4];
    int[] expected = {3, 0, 1, 1, 0, 3};
    IntStream.range(0, ROWS).forEach(i -> hot[4 * i + expected[i]] = 1);
    for (String descr : List.of("<f4", "<f8", "<i8")) {
      int kind = descr.equals("<f4") ? 4 : descr.equals("<f8") ? 8 : -8;
      String labels = array("y", descr, "(6, 4)", numbers(kind, hot));
      try (FeatureFile table = FeatureFile.open(features(), labels)) {
        assertEquals(4, table.classes()); // column 2 too, of which no row is
        assertArrayEquals(expected, classes(table));
      }
    }
    hot[4 * 4 + 1] = 1;
    String two = array("y", "<f4", "(6, 4)", numbers(4, hot));
    try (FeatureFile table = FeatureFile.open(features(), two)) {
      assertTrue(refusal(table::classes).contains("row 4 of 'y' is no one-hot row"));
    }
  }

  @Test
  void realNumbersThatAreWholeAreClassesAndOthersAreNot() throws IOException {
    String whole = array("y", "<f8", "(6, 1)", numbers(8, 0, 1, 2, 2, 1, 0));
    try (FeatureFile table = FeatureFile.open(features(), whole)) {
      assertEquals(3, table.classes());
      assertArrayEquals(new int[] {0, 1, 2, 2, 1, 0}, classes(table));
      assertEquals(List.of(), table.notes());
    }
    for (double bad : new double[] {0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
      String other = array("y", "<f8", "(6,)", numbers(8, 0, 1, 2, bad, 1, 0));
      try (FeatureFile table = FeatureFile.open(features(), other)) {
        assertTrue(refusal(table::classes).contains("row 3 of 'y' is " + bad));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1 2 3 3 2 1, 0 1 2 2 1 0, labels are 1..3: class 0 is label 1",
    "3 50256 17 17 3 3, 0 2 1 1 0 0, 'in ascending order, 3, 17, 50256 (--classes 50257'",
    "0 9000000000 0 0 0 9000000000, 0 1 0 0 0 1, 'in ascending order, 0, 9000000000'"
  })
  void labelsThatAreNotFromZeroOnAreNumberedAnewAndThatIsSaid(
      String raw, String expected, String said) throws IOException {
    double[] labels = List.of(raw.split(" ")).stream().mapToDouble(Double::parseDouble).toArray();
    int[] classes = List.of(expected.split(" ")).stream().mapToInt(Integer::parseInt).toArray();
    try (FeatureFile table = FeatureFile.open(features(), integers(labels))) {
      assertEquals(IntStream.of(classes).max().orElseThrow() + 1, table.classes());
      assertArrayEquals(classes, classes(table));
      assertTrue(table.notes().get(0).contains(said), table.notes().toString());
    }
  }

  @Test
  void whereSomethingElseSaysHowManyClassesThereAreNothingIsNumberedAnew() throws IOException {
    try (FeatureFile table = FeatureFile.open(features(), integers(1, 2, 3, 3, 2, 1))) {
      table.requireClasses(4);
      assertArrayEquals(new int[] {1, 2, 3, 3, 2, 1}, classes(table));
      assertTrue(
          refusal(() -> table.requireClasses(3))
              .endsWith(
                  "row 2 has label 3, which is not in 0..2; if they are counted from 1, save"
                      + " labels - 1"));
    }
    String words = array("y", "<U5", "(6,)", words("b", "a", "a", "c", "b", "a"));
    try (FeatureFile table = FeatureFile.open(features(), words)) {
      assertTrue(
          refusal(() -> table.requireClasses(3))
              .contains("nothing says which of the 3 classes each is; save them as 0..2"));
    }
  }

  @Test
  void testLabelsAreNumberedAsThoseOfTheTrainingFeatures() throws IOException {
    String words = array("y", "<U5", "(6,)", words("dog", "cat", "cat", "emu", "dog", "cat"));
    String others = array("t", "<U5", "(6,)", words("emu", "emu", "cat", "emu", "cat", "emu"));
    String strange = array("s", "<U5", "(6,)", words("emu", "emu", "cow", "emu", "cat", "emu"));
    try (FeatureFile train = FeatureFile.open(features(), words);
        FeatureFile test = FeatureFile.open(features(), others);
        FeatureFile bad = FeatureFile.open(features(), strange)) {
      train.classes();
      test.requireClassesOf(train);
      assertArrayEquals(new int[] {2, 2, 0, 2, 0, 2}, classes(test));
      assertTrue(
          refusal(() -> bad.requireClassesOf(train)).contains("label cow is none of those of"));
    }
  }

  @Test
  void rowsOfTheIgnoredLabelAreNotThere() throws IOException {
    String labels = integers(-100, 1, 0, -100, -100, 1);
    FeatureSource source = FeatureSource.of(features(), labels);
    try (FeatureFile table = FeatureFile.open(source)) {
      assertTrue(refusal(table::classes).endsWith("(--ignore-label -100 leaves out such rows)"));
    }
    try (FeatureFile table = FeatureFile.open(source.ignoring(Optional.of("-100")))) {
      assertEquals(3, table.rows());
      assertEquals(2, table.classes());
      assertArrayEquals(new int[] {1, 0, 1}, classes(table));
      for (int batchRows = 1; batchRows < 5; batchRows++) {
        for (int from = 0; from <= 3; from++) {
          for (int to = from; to <= 3; to++) {
            float[] kept = {1, 2, 5};
            assertArrayEquals(
                java.util.Arrays.copyOfRange(kept, from, to), values(table, from, to, batchRows));
          }
        }
      }
      assertEquals(List.of("3 of 6 rows have label -100 and are left out"), table.notes());
    }
    String all = integers(-1, -1, -1, -1, -1, -1);
    assertTrue(
        refusal(
                () ->
                    FeatureFile.open(FeatureSource.of(features(), all).ignoring(Optional.of("-1"))))
            .contains("all rows have label -1"));
  }

  @Test
  void anyRowIsFoundHoweverManyAreLeftOutBeforeIt() throws IOException {
    int rows = 3 * KeptRows.BLOCK + 17;
    double[] labels = new double[rows];
    double[] values = new double[rows];
    List<Float> kept = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      // the second block has none at all
      boolean left = i / KeptRows.BLOCK == 1 || i % 3 != 0;
      labels[i] = left ? -100 : i % 2;
      values[i] = i;
      if (!left) {
        kept.add((float) i);
      }
    }
    String features = array("x", "<f4", "(%s, 1)".formatted(rows), numbers(4, values));
    FeatureSource source = FeatureSource.of(features, integers(labels));
    try (FeatureFile table = FeatureFile.open(source.ignoring(Optional.of("-100")))) {
      assertEquals(kept.size(), table.rows());
      for (int from : new int[] {0, 1, 1364, 1365, 1366, 2730, 2731, kept.size() - 1}) {
        assertEquals(kept.get(from), values(table, from, from + 1, 1)[0]);
        assertEquals(kept.size() - from, values(table, from, kept.size(), 1000).length);
      }
    }
  }

  @Test
  void tokensOfSequencesAreRows() throws IOException {
    String features = array("x", "<f4", "(2, 3, 1)", numbers(4, 0, 1, 2, 3, 4, 5));
    String labels = array("y", "<i8", "(2, 3)", numbers(-8, 0, 1, -100, 1, 0, -100));
    FeatureSource source = FeatureSource.of(features, labels).ignoring(Optional.of("-100"));
    try (FeatureFile table = FeatureFile.open(source)) {
      assertEquals(4, table.rows());
      assertEquals(1, table.width());
      assertEquals(2, table.classes());
      assertArrayEquals(new int[] {0, 1, 1, 0}, classes(table));
      assertArrayEquals(new float[] {0, 1, 3, 4}, values(table, 0, 4, 10));
      assertTrue(table.notes().get(0).contains("2 sequences of 3"), table.notes().toString());
    }
    String one = array("z", "<i8", "(2,)", numbers(-8, 0, 1));
    assertTrue(
        refusal(() -> FeatureFile.open(features, one)).contains("need a label for each token"));
  }
}

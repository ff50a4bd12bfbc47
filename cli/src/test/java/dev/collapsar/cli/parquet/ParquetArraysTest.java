package dev.collapsar.cli.parquet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredArray;
import dev.collapsar.features.FeatureFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that pyarrow wrote; make.py beside them says how. */
class ParquetArraysTest {
  private static final int ROWS = 24;
  private static final int WIDTH = 3;

  @TempDir private Path folder;

  private static Path file(String name) {
    return Path.of("src/test/resources/parquet", name + ".parquet");
  }

  /** What make.py computes. */
  private static double[] features() {
    double[] values = new double[ROWS * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 7 % 11 + (i % WIDTH == i / WIDTH / 8 ? 8 : 0);
    }
    return values;
  }

  private static long[] labels() {
    long[] labels = new long[ROWS];
    Arrays.setAll(labels, i -> i / 8);
    return labels;
  }

  private static long[] whole(StoredArray array) {
    long[] values = new long[(int) array.rows()];
    ByteBuffer scratch = ByteBuffer.allocate(StoredArray.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    array.integers(0, values.length, scratch, values);
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snappy", "gzip", "zstd", "lz4", "half"})
  void listsAreRowsHoweverTheirPagesArePacked(String name) {
    try (ArrayFile opened = ArrayFile.open(file(name).toString())) {
      StoredArray array = opened.features();
      assertEquals(ElementType.F32, array.type());
      assertArrayEquals(new long[] {ROWS, WIDTH}, array.shape());
      assertArrayEquals(features(), array.toDoubles());
      assertArrayEquals(labels(), whole(opened.labels()));
    }
  }

  @Test
  void plainColumnsAreFeaturesTogetherAndTextIsLabels() {
    try (FeatureFile opened = FeatureFile.open(file("columns").toString())) {
      assertEquals(3, opened.classes());
      assertEquals(List.of("class 0", "class 1", "class 2"), opened.classNames());
      assertArrayEquals(features(), opened.arrays().get(0).toDoubles());
      assertTrue(opened.notes().contains("features are the 3 columns f0, f1, f2"));
    }
  }

  @Test
  void whatIsNeitherNumbersNorTextIsLeftOutAndSaid() {
    try (ArrayFile opened = ArrayFile.open(file("pandas").toString())) {
      assertArrayEquals(features(), opened.features().toDoubles());
      assertArrayEquals(labels(), whole(opened.labels()));
      String notes = opened.notes().toString();
      assertTrue(notes.contains("column 'when' (timestamp(millis,false)) is neither"), notes);
      assertTrue(
          notes.contains("column '__index_level_0__' (int64) is the index of pandas"), notes);
    }
  }

  @Test
  void whoMissesAnArrayIsToldWhichColumnsWereLeftOut() {
    try (ArrayFile opened = ArrayFile.open(file("tokens").toString())) {
      String message = assertThrows(InvalidInputException.class, opened::features).getMessage();
      assertTrue(message.contains("column 'features'"), message);
      assertTrue(message.endsWith("neither numbers, text nor lists of numbers, and is left out"));
      assertArrayEquals(labels(), whole(opened.labels()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ragged | row 23 has 1 values in column 'features', the first row 3",
        "gap | row 23 has no value in column 'features'",
        "hashes | row 0 has 1152921504606846976 in column 'label'; whole numbers are"
            + " read up to 2^53",
        "brotli | its pages are compressed by BROTLI, read are snappy, gzip, zstd, lz4_raw and none"
      })
  void whatIsNoTableOfNumbersIsOneLine(String name, String expected) {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class, () -> ArrayFile.open(file(name).toString()).close());
    assertEquals(file(name) + ": " + expected, e.getMessage());
  }

  @Test
  void aFileCutAnywhereIsOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(file("snappy"));
    for (int length = 4; length < whole.length; length += 1 + whole.length / 100) {
      requireOneLine(Arrays.copyOf(whole, length));
    }
  }

  @Test
  void pagesThatWereDamagedUnderTheirChecksumAreFound() throws IOException {
    byte[] bytes = Files.readAllBytes(file("pandas"));
    bytes[120] ^= 1; // within the first page
    requireOneLine(bytes);
  }

  @Test
  void bytesThatAreChangedEndInNumbersOrOneLine() throws IOException {
    Random random = new Random(Long.getLong("fuzz.seed", 7));
    List<String> kinds = List.of("gzip", "snappy", "zstd", "none", "columns", "tokens");
    for (int i = 0; i < Integer.getInteger("fuzz.parquet", 400); i++) {
      byte[] bytes = Files.readAllBytes(file(kinds.get(i % kinds.size())));
      for (int j = 0; j < 3; j++) {
        bytes[4 + random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
      }
      Path damaged = Files.write(folder.resolve("damaged.parquet"), bytes);
      try (ArrayFile opened = ArrayFile.open(damaged.toString())) {
        assertFalse(opened.arrays().isEmpty());
      } catch (InvalidInputException e) {
        assertEquals(1, e.getMessage().lines().count(), e::getMessage);
      }
    }
  }

  private void requireOneLine(byte[] bytes) throws IOException {
    Path damaged = Files.write(folder.resolve("damaged.parquet"), bytes);
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> ArrayFile.open(damaged.toString()).close(),
            () -> bytes.length + " bytes");
    assertEquals(1, e.getMessage().lines().count(), e::getMessage);
    assertTrue(
        e.getMessage().startsWith(damaged + ": is damaged, or no Parquet file"), e::getMessage);
  }
}

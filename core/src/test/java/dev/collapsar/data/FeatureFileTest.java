package dev.collapsar.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.FeatureFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureFileTest {
  private static final int[] LABELS = {0, 2, 1, 1, 0, 2, 2};

  @TempDir Path folder;

  private static String golden(String name) {
    return Goldens.file(name).toString();
  }

  /** What make_goldens.py stored at this place. */
  private static double feature(long row, int column) {
    return (3 * row + column) / 4.0 - 2;
  }

  private static void assertHoldsTheGoldenRows(FeatureFile table) {
    assertEquals(7, table.rows());
    assertEquals(3, table.width());
    for (int batchRows : new int[] {1, 2, 3, 7, 100}) {
      for (int from = 0; from <= 7; from++) {
        for (int to = from; to <= 7; to++) {
          assertRows(table, from, to, batchRows);
        }
      }
    }
  }

  private static void assertRows(FeatureFile table, int from, int to, int batchRows) {
    int row = from;
    try (BatchSource source = table.read(from, to, batchRows)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        assertEquals(row, batch.firstRow());
        assertTrue(batch.rows() <= batchRows);
        for (int i = 0; i < batch.rows(); i++, row++) {
          assertEquals(LABELS[row], batch.labels()[i]);
          for (int j = 0; j < 3; j++) {
            int at = 3 * i + j;
            assertEquals(
                feature(row, j), batch.isDouble() ? batch.doubles()[at] : batch.floats()[at]);
          }
        }
      }
    }
    assertEquals(to, row);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "le-f2",
        "le-f4",
        "le-f8",
        "be-f2",
        "be-f4",
        "be-f8",
        "fortran",
        "fortran-be-f8",
        "v2",
        "v3",
        "bf16"
      })
  void everyKindOfNumpyFeaturesHoldsTheSameRows(String kind) {
    try (FeatureFile table =
        FeatureFile.open(golden("features-" + kind + ".npy"), golden("labels-le-i8.npy"))) {
      assertHoldsTheGoldenRows(table);
      try (BatchSource source = table.read(1)) {
        assertEquals(kind.endsWith("f8"), source.next().isDouble());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "le-i1", "le-u1", "le-i2", "le-u2", "le-i4", "le-u4", "le-i8", "le-u8", "be-i4", "be-i8",
        "column"
      })
  void everyKindOfNumpyLabelsHoldsTheSameClasses(String kind) {
    try (FeatureFile table =
        FeatureFile.open(golden("features-le-f4.npy"), golden("labels-" + kind + ".npy"))) {
      assertHoldsTheGoldenRows(table);
      assertEquals(3, table.classes());
    }
  }

  @Test
  void truthValuesAreTwoClasses() {
    try (FeatureFile table =
            FeatureFile.open(golden("features-le-f4.npy"), golden("labels-b1.npy"));
        BatchSource source = table.read(7)) {
      assertEquals(2, table.classes());
      assertArrayEquals(new int[] {0, 1, 0, 0, 0, 1, 1}, source.next().labels());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "deflated.npz", "features.safetensors", "bf16.safetensors"})
  void featuresAndLabelsAreFoundInOneFile(String name) {
    try (FeatureFile table = FeatureFile.open(golden(name))) {
      assertHoldsTheGoldenRows(table);
    }
  }

  @Test
  void arraysAreChosenByName() {
    try (FeatureFile table =
        FeatureFile.open(
            golden("features.safetensors") + "#features", golden("stored.npz") + "#labels")) {
      assertHoldsTheGoldenRows(table);
    }
  }

  @Test
  void featuresWithoutLabelsSayZero() {
    try (FeatureFile table = FeatureFile.unlabelled(golden("features-le-f4.npy"));
        BatchSource source = table.read(7)) {
      assertArrayEquals(new int[7], source.next().labels());
      assertThrows(IllegalStateException.class, table::classes);
    }
  }

  @Test
  void anAmbiguousChoiceListsWhatThereIs() {
    assertEquals(
        golden("features.safetensors")
            + ": has no array 'labls'; there are: labels int64 (7,), features float32 (7, 3),"
            + " weights float32 (3, 3)",
        refusal(golden("features.safetensors"), golden("features.safetensors") + "#labls"));
    Path file = folder.resolve("two.safetensors");
    SafeTensors.write(
        file,
        java.util.Map.of(
            "train", StoredTensor.of(new float[4], 2, 2),
            "test", StoredTensor.of(new float[4], 2, 2)),
        java.util.Map.of());
    String message = refusal(file.toString(), golden("labels-le-i8.npy"));
    assertTrue(
        message.endsWith("as FILE#NAME; there are: test float32 (2, 2), train float32 (2, 2)"),
        message);
  }

  private static String refusal(String features, String labels) {
    String message =
        assertThrows(InvalidInputException.class, () -> FeatureFile.open(features, labels).close())
            .getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }

  @ParameterizedTest
  @ValueSource(strings = {"objects.npy", "text.npy", "structured.npy", "labels-le-i8.npy"})
  void whatIsNotRealNumbersIsNotFeatures(String name) {
    String message = refusal(golden(name), golden("labels-le-i8.npy"));
    assertTrue(message.startsWith(golden(name) + ": "), message);
    assertEquals(name.equals("objects.npy"), message.contains("never unpickled"), message);
  }

  @Test
  void featuresOfFourDimensionsAreRefusedWithTheirShape() throws IOException {
    String file = npy("<f4", false, "(2, 3, 4, 4)", 2 * 3 * 4 * 4 * 4L);
    String message = refusal(file, golden("labels-le-i8.npy"));
    assertTrue(message.contains("(2, 3, 4, 4)"), message);
  }

  @Test
  void featuresAndLabelsOfDifferentLengthAreRefused() throws IOException {
    String eight = npy("<i8", false, "(8,)", 64);
    assertEquals(
        "%s: holds 8 labels, %s holds 7 rows of features: they must be as many"
            .formatted(eight, golden("features-le-f4.npy")),
        refusal(golden("features-le-f4.npy"), eight));
  }

  @Test
  void aLabelBeyondAnyClassIsNamedWithItsRow() throws IOException {
    ByteBuffer labels = ByteBuffer.allocate(56).order(ByteOrder.LITTLE_ENDIAN);
    labels.putLong(16, 1L << 40);
    Path file = folder.resolve("far.npy");
    Files.write(file, NpyHeader.format(ElementType.I64, new long[] {7}));
    Files.write(file, labels.array(), java.nio.file.StandardOpenOption.APPEND);
    try (FeatureFile table = FeatureFile.open(golden("features-le-f4.npy"), file.toString())) {
      String message =
          assertThrows(InvalidInputException.class, () -> table.requireClasses(2)).getMessage();
      assertTrue(message.contains("row 2 has label 1099511627776, which is not in 0..1"), message);
    }
  }

  @Test
  void rangesAreReadByThreadsIndependently() throws IOException {
    int rows = 20_000;
    float[] values = new float[rows * 5];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path file = folder.resolve("many.safetensors");
    SafeTensors.write(
        file,
        java.util.Map.of(
            "x", StoredTensor.of(values, rows, 5),
            "y", StoredTensor.of(IntStream.range(0, rows).toArray(), rows)),
        java.util.Map.of());
    try (FeatureFile table = FeatureFile.open(file.toString())) {
      List<CompletableFuture<Long>> parts = new ArrayList<>();
      for (int part = 0; part < 8; part++) {
        int from = part * rows / 8;
        int to = (part + 1) * rows / 8;
        parts.add(CompletableFuture.supplyAsync(() -> countRight(table, from, to)));
      }
      assertEquals(rows, parts.stream().mapToLong(CompletableFuture::join).sum());
    }
  }

  private static long countRight(FeatureFile table, int from, int to) {
    long right = 0;
    try (BatchSource source = table.read(from, to, 77)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        for (int i = 0; i < batch.rows(); i++) {
          long row = batch.firstRow() + i;
          right += batch.labels()[i] == row && batch.floats()[5 * i + 4] == 5 * row + 4 ? 1 : 0;
        }
      }
    }
    return right;
  }

  @Test
  void rowsBeyondFourGigabytesAreFound() throws IOException {
    // Sparse: takes no room on the disk, and only the rows asked for are read.
    long rows = 3L << 20;
    int width = 512; // 6 GiB
    String file = npy("<f4", false, "(%s, %s)".formatted(rows, width), rows * width * 4);
    long[] marked = {0, (1L << 20) - 1, 1L << 20, (2L << 20) + 7, rows - 1};
    try (RandomAccessFile out = new RandomAccessFile(file, "rw")) {
      for (long row : marked) {
        out.seek(128 + row * width * 4);
        out.write(bytesOf((float) row));
      }
    }
    try (FeatureFile table = FeatureFile.unlabelled(file)) {
      for (long row : marked) {
        try (BatchSource source = table.read(row, row + 1, 4096)) {
          LabeledBatch batch = source.next();
          assertEquals(row, batch.firstRow());
          assertEquals((float) row, batch.floats()[0]);
          assertEquals(width, batch.floats().length, "no more is held than what is read");
        }
      }
    }
  }

  @Test
  void columnsBeyondFourGigabytesAreFound() throws IOException {
    long rows = 1L << 20;
    int width = 1536; // 6 GiB
    String file = npy("<f4", true, "(%s, %s)".formatted(rows, width), rows * width * 4);
    try (RandomAccessFile out = new RandomAccessFile(file, "rw")) {
      out.seek(128 + (1535 * rows + 12_345) * 4);
      out.write(bytesOf(42));
    }
    try (FeatureFile table = FeatureFile.unlabelled(file);
        BatchSource source = table.read(12_345, 12_346, 1)) {
      assertEquals(42, source.next().floats()[1535]);
    }
  }

  @Test
  void aBatchIsBoundedHoweverWideItsRows() throws IOException {
    String file = npy("<f4", false, "(100, 1048576)", 100L << 22);
    try (FeatureFile table = FeatureFile.unlabelled(file);
        BatchSource source = table.read(Integer.MAX_VALUE)) {
      assertEquals(1 << 24, source.next().floats().length);
    }
  }

  @Test
  void aFileCutShortWhileItIsReadIsNamed() throws IOException {
    String file = npy("<f4", false, "(1000, 100)", 400_000);
    try (FeatureFile table = FeatureFile.unlabelled(file);
        BatchSource source = table.read(10)) {
      source.next();
      try (RandomAccessFile other = new RandomAccessFile(file, "rw")) {
        other.setLength(5000);
      }
      String message = assertThrows(InvalidInputException.class, source::next).getMessage();
      assertTrue(message.startsWith(file + ": ends at byte 5000"), message);
    }
  }

  private static byte[] bytesOf(float value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array();
  }

  /** A .npy file of zeros with a head of 128 bytes; sparse. */
  private String npy(String descr, boolean columnMajor, String shape, long bytes)
      throws IOException {
    Path file = folder.resolve("zeros.npy");
    HostileFiles.npy(file, descr, columnMajor, shape, bytes);
    return file.toString();
  }
}

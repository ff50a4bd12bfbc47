package dev.collapsar.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.features.FeatureFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command as its users meet it: files there and back, and mistakes in one line. */
class CommandTest {
  private static final Samples SAMPLES = Samples.of(300, 3, 4, 1);
  private static final StructType SCHEMA =
      new StructType()
          .add("label", DataTypes.IntegerType)
          .add("text", DataTypes.StringType)
          .add("features", DataTypes.createArrayType(DataTypes.FloatType));

  @TempDir private static Path directory;

  /** Row 7 of the second file is the bad one. */
  @BeforeAll
  static void writeWhatCannotBeUsed() {
    Object[] good = {1f, 2f, 3f, 4f};
    try (SparkSession spark = LocalSpark.open("local[2]")) {
      write(spark, "good", RowFactory.create(1, "a", good));
      write(spark, "no-label", RowFactory.create(null, "a", good));
      write(spark, "far-label", RowFactory.create(3, "a", good));
      write(spark, "negative-label", RowFactory.create(-1, "a", good));
      write(spark, "no-features", RowFactory.create(1, "a", null));
      write(spark, "null-feature", RowFactory.create(1, "a", new Object[] {1f, 2f, null, 4f}));
      write(spark, "ragged", RowFactory.create(1, "a", new Object[] {1f, 2f, 3f}));
      write(spark, "nan", RowFactory.create(1, "a", new Object[] {1f, 2f, Float.NaN, 4f}));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void write(SparkSession spark, String name, Row bad) throws IOException {
    Row good = RowFactory.create(0, "a", new Object[] {0f, 1f, 0f, 1f});
    Row[] rows = new Row[10];
    Arrays.fill(rows, good);
    Path folder = Files.createDirectories(directory.resolve(name));
    for (int file = 0; file < 2; file++) {
      rows[7] = file == 0 ? good : bad;
      Path written = folder.resolve("tmp");
      spark.createDataFrame(List.of(rows), SCHEMA).coalesce(1).write().parquet(written.toString());
      try (var files = Files.list(written)) {
        Path part = files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow();
        Files.move(part, folder.resolve(file + ".parquet"));
      }
      try (var files = Files.list(written)) {
        for (Path left : files.toList()) {
          Files.delete(left);
        }
      }
      Files.delete(written);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no-label       | has no label",
        "far-label      | has label 3, which is not in 0..2",
        "negative-label | has label -1, which is not in 0..2",
        "no-features    | has no features",
        "null-feature   | has null at feature 2",
        "ragged         | has 3 features, the first row 4",
        "nan            | has NaN at feature 2, where a finite number is needed"
      })
  void aRowThatCannotBeUsedIsNamedWithItsFile(String name, String problem) {
    Path file = directory.resolve(name).resolve("1.parquet");
    Command command =
        Command.of("measure", "--features", directory.resolve(name).toString(), "--classes", "3");
    assertEquals("collapsar: %s: row 7 %s\n".formatted(file, problem), command.err());
    assertEquals(ExitCodes.YOUR_INPUT, command.exitCode());
    assertEquals("", command.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--column feat     | good: has no column 'feat'; there are: label int, text string,"
            + " features array<float>",
        "--column text     | good: column 'text' is string; features are array<float>,"
            + " array<double>, or binary with float32 little-endian",
        "--label text      | good: column 'text' is string; labels are tinyint, smallint, int or"
            + " bigint",
        "--test absent     | absent: no such file",
        "--test foo://x/y  | foo://x/y: Spark knows no file system for foo here: No FileSystem for",
        "--test s3a://x/y  | s3a://x/y: Spark knows no file system for s3a here: Class org.apache",
        "--metrics nc1_pin | unknown metric nc1_pin; nearest: nc1_pinv, ",
        "--bias b.npy      | --bias b.npy: needs --weights too",
        "--classes 0       | --classes 0: must be 1 or more",
        "--average none    | Invalid value for option '--average': 'none' is none of samples,"
            + " classes",
        "--master nowhere  | Spark does not start on nowhere"
      })
  void aMistakeIsOneLine(String options, String message) {
    String[] words = options.replace("absent", directory.resolve("absent").toString()).split(" ");
    Command command =
        Command.of(
            concat(
                List.of("measure", "--features", directory.resolve("good").toString()),
                List.of(words)));
    assertEquals(ExitCodes.YOUR_INPUT, command.exitCode(), command::toString);
    assertTrue(
        command.err().replace(directory + "/", "").startsWith("collapsar: " + message),
        command::toString);
    assertEquals(1, command.err().lines().count(), command::toString);
  }

  @Test
  void whatIsNoParquetIsOneLine() throws IOException {
    Path file = Files.writeString(directory.resolve("text.parquet"), "this is no Parquet file");
    Command command = Command.of("measure", "--features", file.toString());
    assertEquals("collapsar: " + file + ": is no Parquet file\n", command.err());
    assertEquals(ExitCodes.YOUR_INPUT, command.exitCode());
  }

  @ParameterizedTest
  @CsvSource({
    "brotli, there is no class org.apache.hadoop.io.compress.BrotliCodec",
    "byte-stream-split, Unsupported encoding: BYTE_STREAM_SPLIT"
  })
  void aCodecOrAnEncodingThatCannotBeReadIsOneLine(String name, String problem) throws Exception {
    Path stored = Path.of(CommandTest.class.getResource("%s.parquet".formatted(name)).toURI());
    Path folder = Files.createDirectories(directory.resolve("100% of mine"));
    Path file = Files.copy(stored, folder.resolve(stored.getFileName()));
    Command command = Command.of("measure", "--features", file.toString());
    assertEquals("collapsar: %s: cannot be read: %s\n".formatted(file, problem), command.err());
    assertEquals(ExitCodes.YOUR_INPUT, command.exitCode());
  }

  @Test
  void aDamagedPageIsNoOtherNumber() throws IOException {
    Path folder = directory.resolve("pages");
    try (SparkSession spark = LocalSpark.open("local[1]")) {
      Row one = RowFactory.create(0, "a", new Object[] {1f, 2f});
      Row other = RowFactory.create(1, "a", new Object[] {3f, 4f});
      spark
          .createDataFrame(List.of(one, one, other, other), SCHEMA)
          .coalesce(1)
          .write()
          .option("compression", "none")
          .option("parquet.enable.dictionary", "false")
          .parquet(folder.toString());
    }
    Path file;
    try (var files = Files.list(folder)) {
      file = files.filter(f -> f.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    int at = 0;
    while (ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(at) != 4f) {
      at++;
    }
    bytes[at] ^= 1;
    Files.write(file, bytes);
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc")); // Hadoop's own
    Command command = Command.of("measure", "--features", file.toString());
    assertEquals(ExitCodes.YOUR_INPUT, command.exitCode(), command::toString);
    assertTrue(
        command.err().startsWith("collapsar: %s: cannot be read: ".formatted(file)),
        command::toString);
    assertEquals(1, command.err().lines().count(), command::toString);
  }

  private static String[] concat(List<String> first, List<String> second) {
    return java.util.stream.Stream.concat(first.stream(), second.stream()).toArray(String[]::new);
  }

  @ParameterizedTest
  @CsvSource({"npz,float", "safetensors,float", "npz,double"})
  void filesComeBackAsTheyWere(String format, String precision) throws IOException {
    Path set = directory.resolve("set-" + format + precision + ".safetensors");
    StoredTensor features =
        precision.equals("float")
            ? StoredTensor.of(SAMPLES.features(), SAMPLES.rows(), SAMPLES.width())
            : StoredTensor.of(doubles(), SAMPLES.rows(), SAMPLES.width());
    SafeTensors.write(
        set,
        Map.of("features", features, "labels", StoredTensor.of(SAMPLES.labels(), SAMPLES.rows())),
        Map.of());
    Path parquet = directory.resolve("set-" + format + precision + ".parquet");
    Path back = directory.resolve("back-" + format + precision + "." + format);
    assertEquals(new Command(0, "", ""), Command.of("convert", set.toString(), parquet.toString()));
    assertEquals(
        new Command(0, "", ""), Command.of("convert", parquet.toString(), back.toString()));
    try (FeatureFile file = FeatureFile.open(back.toString());
        var batches = file.read(SAMPLES.rows())) {
      LabeledBatch all = batches.next();
      assertArrayEquals(SAMPLES.labels(), all.labels());
      if (precision.equals("float")) {
        assertArrayEquals(SAMPLES.features(), all.floats());
      } else {
        assertArrayEquals(doubles(), all.doubles());
      }
    }
    Command again = Command.of("convert", set.toString(), parquet.toString());
    assertEquals(ExitCodes.YOUR_INPUT, again.exitCode());
    assertTrue(again.err().contains("exists already"), again::toString);
  }

  private static double[] doubles() {
    double[] values = new double[SAMPLES.features().length];
    Arrays.setAll(values, i -> SAMPLES.features()[i] / 3.0);
    return values;
  }

  @Test
  void aRowThatCannotBeConvertedIsNamed() {
    Path folder = directory.resolve("ragged");
    Command command =
        Command.of("convert", folder.toString(), directory.resolve("r.npz").toString());
    assertEquals(
        "collapsar: %s: row 7 has 3 features, the first row 4\n"
            .formatted(folder.resolve("1.parquet")),
        command.err());
  }

  @Test
  void featuresWithoutLabelsAreOneClass() {
    Path only = directory.resolve("only.npy");
    Path parquet = directory.resolve("only.parquet");
    String good = directory.resolve("good").toString();
    assertEquals(
        new Command(0, "", ""), Command.of("convert", good, only.toString(), "--unlabelled"));
    assertEquals(
        new Command(0, "", ""),
        Command.of("convert", "--unlabelled", only.toString(), parquet.toString()));
    Command command =
        Command.of(
            "measure",
            "--features",
            good,
            "--ood",
            parquet.toString(),
            "--metrics",
            "nc5_ood_dev",
            "--format",
            "csv");
    assertEquals("", command.err());
    assertTrue(command.out().startsWith("metric,value,note\nnc5_ood_dev,0."), command::toString);
  }
}

package dev.collapsar.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Metrics;
import dev.collapsar.report.CollapseFormat;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read from which columns, by which path, in which order. */
class SparkFeaturesTest {
  private static final int CLASSES = 7;
  private static final int WIDTH = 12;
  private static final Samples SAMPLES = Samples.of(3000, CLASSES, WIDTH, 3);

  /** Of sums of 3000 terms below 100 in another order, relative to their size. */
  private static final double ROUNDING = 3000 * Math.ulp(1.0);

  @TempDir private static Path directory;
  private static SparkSession spark;
  private static Dataset<Row> parquet;

  @BeforeAll
  static void open() {
    SAMPLES.write(directory.resolve("data"), 3);
    spark = LocalSpark.open("local[2]");
    parquet = spark.read().parquet(directory.resolve("data").toString());
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void bareScansAreReadByColumnsAndAllElseByRows() {
    assertEquals(Set.of("ColumnarBatches"), paths(parquet));
    assertEquals(Set.of("ColumnarBatches"), paths(parquet.select("features", "label")));
    assertEquals(Set.of("RowBatches"), paths(parquet.filter(col("label").geq(1))));
    assertEquals(Set.of("RowBatches"), paths(parquet.withColumn("label", lit(0))));
  }

  private static Set<String> paths(Dataset<Row> data) {
    Columns columns = Columns.find("data", data.schema(), "label", "features").withWidth(WIDTH);
    return new HashSet<>(
        FeatureScan.of(data, columns)
            .map((partition, batches) -> List.of(batches.getClass().getSimpleName()).iterator())
            .collect());
  }

  @Test
  void momentsAreThoseOfOneProcess() {
    assertClose(expected(), moments(parquet));
  }

  @Test
  void aFilterOfThePlanIsKept() {
    ClassMoments found = moments(parquet.filter(col("label").geq(1)));
    assertEquals(0, found.count(0));
    assertEquals(expected().count(1), found.count(1));
  }

  @Test
  void labelsAreOfAnyIntegerTypeAndFeaturesOfEitherPrecision() {
    for (String type : List.of("tinyint", "smallint", "int", "bigint")) {
      Dataset<Row> typed = parquet.withColumn("label", col("label").cast(type));
      assertClose(expected(), moments(typed));
      assertClose(expected(), moments(rewritten(typed, type)));
    }
    Dataset<Row> doubles = parquet.withColumn("features", col("features").cast("array<double>"));
    assertClose(expected(), moments(doubles));
    assertClose(expected(), moments(rewritten(doubles, "doubles")));
  }

  @Test
  void binaryIsFloat32LittleEndian() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < SAMPLES.rows(); i++) {
      ByteBuffer bytes = ByteBuffer.allocate(WIDTH * 4).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(SAMPLES.features(), i * WIDTH, WIDTH);
      rows.add(RowFactory.create(SAMPLES.labels()[i], bytes.array()));
    }
    StructType schema =
        new StructType().add("label", DataTypes.IntegerType).add("features", DataTypes.BinaryType);
    Dataset<Row> binary = spark.createDataFrame(rows, schema);
    assertClose(expected(), moments(binary));
    Dataset<Row> file = rewritten(binary, "binary");
    assertEquals(Set.of("ColumnarBatches"), paths(file));
    assertClose(expected(), moments(file));
  }

  private static Dataset<Row> rewritten(Dataset<Row> data, String name) {
    String path = directory.resolve(name).toString();
    data.write().parquet(path);
    return spark.read().parquet(path);
  }

  @Test
  void everyMetricIsThatOfOneProcess() {
    Matrix weights = Matrix.of(CLASSES, WIDTH, weights());
    SparkFeatures there = SparkFeatures.of(parquet, "label", "features");
    CollapseReport elsewhere =
        Collapse.of(there, CLASSES)
            .withWeights(weights)
            .withTest(there)
            .withOod(there, CLASSES)
            .measure(Metrics.collapse());
    CollapseReport here =
        Collapse.of(SAMPLES.table(), CLASSES)
            .withWeights(weights)
            .withTest(SAMPLES.table())
            .withOod(SAMPLES.table(), CLASSES)
            .measure(Metrics.collapse());
    for (CollapseMetric metric : Metrics.collapse()) {
      assertEquals(
          here.value(metric),
          elsewhere.value(metric),
          // The kernels' variances are differences of nearly equal numbers.
          1e-9 * Math.max(1e-6, Math.abs(here.value(metric))),
          metric.id());
    }
    assertEquals(here.samples(), elsewhere.samples());
    assertEquals(here.testSamples(), elsewhere.testSamples());
  }

  @Test
  void neitherCoresNorSettingsOfTheSessionChangeABit() {
    List<String> reports = new ArrayList<>();
    spark.stop();
    for (String master : List.of("local[1]", "local[2]", "local[4]")) {
      try (SparkSession session =
          LocalSpark.builder(master)
              .config(FeatureScan.PARTITION_BYTES, "20000")
              .config("spark.sql.files.maxPartitionBytes", 1000 * (1 + reports.size()))
              .getOrCreate()) {
        SparkFeatures features =
            SparkFeatures.of(
                session.read().parquet(directory.resolve("data").toString()), "label", "features");
        Collapse collapse =
            Collapse.of(features, CLASSES).withWeights(Matrix.of(CLASSES, WIDTH, weights()));
        reports.add(CollapseFormat.JSON.render(collapse.measure(Metrics.collapse())));
        assertEquals(
            "" + 1000 * reports.size(), session.conf().get("spark.sql.files.maxPartitionBytes"));
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      } finally {
        SparkSession.clearActiveSession();
      }
    }
    open();
    assertEquals(reports.get(0), reports.get(1));
    assertEquals(reports.get(0), reports.get(2));
  }

  private static float[] weights() {
    return Samples.of(CLASSES, CLASSES, WIDTH, 8).features();
  }

  @Test
  void emptyPartitionsShipNothing() {
    Dataset<Row> spread = parquet.repartition(2).limit(5).repartition(8);
    Columns columns = Columns.find("data", spread.schema(), "label", "features").withWidth(WIDTH);
    List<Integer> shipped =
        FeatureScan.of(spread, columns)
            .map(
                (partition, batches) -> {
                  List<Object> parts = new ArrayList<>();
                  new MomentsParts(partition, batches, CLASSES, WIDTH).forEachRemaining(parts::add);
                  return List.of(parts.size()).iterator();
                })
            .collect();
    assertTrue(shipped.size() == 8 && shipped.contains(0), shipped::toString);
    assertFalse(shipped.stream().anyMatch(parts -> parts > 1), shipped::toString);
    assertEquals(5, moments(spread).samples());
  }

  private static ClassMoments moments(Dataset<Row> data) {
    return SparkFeatures.of(data, "label", "features").moments(CLASSES);
  }

  private static ClassMoments expected() {
    try (var accumulator = new ClassMomentsAccumulator(CLASSES, WIDTH);
        var source = SAMPLES.table().read(SAMPLES.rows())) {
      accumulator.add(source.next());
      return accumulator.snapshot();
    }
  }

  private static void assertClose(ClassMoments expected, ClassMoments found) {
    for (int k = 0; k < CLASSES; k++) {
      assertEquals(expected.count(k), found.count(k));
      assertArrayEquals(expected.means().row(k), found.means().row(k), 10 * ROUNDING);
      assertEquals(
          expected.squaredDeviations(k),
          found.squaredDeviations(k),
          10 * ROUNDING * expected.squaredDeviations(k));
    }
  }
}

package dev.collapsar.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.stats.ClassMoments;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More classes than a dense state of every partition would bear. */
class ManyClassesTest {
  private static final int CLASSES = 20_000;
  private static final int WIDTH = 256;
  private static final int ROWS = 400_000;
  private static final int FILES = 4;

  /** The heap of this module's tests, see its pom.xml. */
  private static final long HEAP = 3L << 30;

  /** No object that travels is as large. */
  private static final long LARGE = 100_000_000;

  @TempDir private Path directory;

  @Test
  void twentyThousandClassesFitInThreeGigabytes() throws IOException {
    assertTrue(Runtime.getRuntime().maxMemory() <= HEAP);
    IntStream.range(0, FILES).parallel().forEach(this::write);
    AtomicLong largestResult = new AtomicLong();
    AtomicLong shuffled = new AtomicLong();
    try (SparkSession spark = LocalSpark.open("local[2]")) {
      spark
          .sparkContext()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd end) {
                  long result = end.taskMetrics().resultSize();
                  largestResult.accumulateAndGet(result, Math::max);
                  shuffled.addAndGet(end.taskMetrics().shuffleWriteMetrics().bytesWritten());
                }
              });
      SparkFeatures features =
          SparkFeatures.ofParquet(spark, directory.toString(), "label", "features");
      assertEquals(CLASSES, features.classes());
      CollapseReport report =
          Collapse.of(features, CLASSES)
              .measure(
                  Set.of(WithinClass.NC1_PINV, WithinClass.NC1_QUOT, MeansGeometry.NC2_NORMS_MEAN));
      assertEquals(ROWS, report.samples());
      // Centres and noise are uniform in [-1, 1) and [-0.5, 0.5): variances 1/3 and 1/12, the
      // latter
      // less the share of 20 samples in their own mean.
      assertEquals(19.0 / 20 / 4, report.value(WithinClass.NC1_QUOT), 0.01);
    }
    assertTrue(largestResult.get() < LARGE, largestResult::toString);
    // Of at most 16 partitions of 32 MB, each with most of the classes, and a scatter.
    assertTrue(shuffled.get() < 16L * CLASSES * WIDTH * Double.BYTES, shuffled::toString);
  }

  /** Every class in turn, so that a partition has nearly all; in binary, which is written fast. */
  private void write(int file) {
    MessageType schema =
        Types.buildMessage()
            .required(PrimitiveTypeName.INT32)
            .named("label")
            .required(PrimitiveTypeName.BINARY)
            .named("features")
            .named("many");
    int rows = ROWS / FILES;
    SplittableRandom noise = new SplittableRandom(file);
    Path path = directory.resolve(file + ".parquet");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(path))
            .withType(schema)
            .withRowGroupSize(32L << 20)
            .withDictionaryEncoding(false)
            .build()) {
      for (int row = file * rows; row < (file + 1) * rows; row++) {
        int label = row % CLASSES;
        SplittableRandom centre = new SplittableRandom(label);
        ByteBuffer bytes = ByteBuffer.allocate(WIDTH * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int j = 0; j < WIDTH; j++) {
          bytes.putFloat(centre.nextInt() * 0x1p-31f + noise.nextInt() * 0x1p-32f);
        }
        Group group = new SimpleGroup(schema);
        group.add("label", label);
        group.add("features", Binary.fromConstantByteArray(bytes.array()));
        writer.write(group);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A task that sees more classes than it may hold hands them over in parts. */
  @Test
  void aFullTaskHandsOverWhatItHas() {
    int width = 1 << 16;
    int classes = 400;
    float[] rows = new float[classes * width];
    int[] labels = new int[classes];
    for (int k = 0; k < classes; k++) {
      labels[k] = k;
      rows[k * width + k] = 1;
    }
    List<LabeledBatch> batches =
        List.of(
            LabeledBatch.of(rows, labels, 0, classes, width),
            LabeledBatch.of(rows, labels, classes, classes, width));
    MomentsParts parts = new MomentsParts(0, batches.iterator(), classes, width);
    int chunk = MomentsParts.chunkClasses(width);
    MomentsParts.Merge fold = new MomentsParts.Merge(1, classes, width);
    int found = 0;
    while (parts.hasNext()) {
      var part = parts.next();
      assertTrue(part._2().length <= ChunkMerge.CHUNK_BYTES + 4096, () -> "" + part._2().length);
      if (part._1().chunk() == 1) {
        found++;
        fold.add(part._2());
      }
    }
    assertEquals(2, found);
    ClassMoments second = ClassMoments.fromBytes(fold.result());
    assertEquals(chunk, second.classes());
    assertEquals(2, second.count(3));
    assertEquals(1, second.means().get(3, chunk + 3));
  }
}

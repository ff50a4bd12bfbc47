package dev.collapsar.spark;

import com.sun.management.OperatingSystemMXBean;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Metrics;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/**
 * Rows per second of the clock and of the processors: decoding alone, the first pass, the whole
 * measurement, and what {@code collapsar measure} takes for the same rows. A processor's second is
 * summed over tasks by Spark's own count, which is not to be had from JMH.
 *
 * <pre>
 * java -cp spark/target/test-classes:spark/target/classes:$(cat spark/target/class-path) \
 *     dev.collapsar.spark.SpeedOfPasses FOLDER local[2] [ROWS CLASSES WIDTH]
 * </pre>
 */
final class SpeedOfPasses {
  private static final int REPETITIONS = 8;
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private SpeedOfPasses() {}

  /** Prints a line for each; the data are written into the folder if they are not there. */
  public static void main(String[] arguments) throws Exception {
    int rows = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 400_000;
    int classes = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 100;
    int width = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 256;
    Path data =
        Path.of(arguments[0]).resolve("speed-%d-%d-%d.parquet".formatted(rows, classes, width));
    if (!Files.exists(data)) {
      write(data, rows, classes, width);
    }
    AtomicLong processor = new AtomicLong();
    try (SparkSession spark = LocalSpark.open(arguments[1])) {
      spark
          .sparkContext()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd end) {
                  processor.addAndGet(end.taskMetrics().executorCpuTime());
                }
              });
      SparkFeatures features = SparkFeatures.ofParquet(spark, data.toString(), "label", "features");
      Columns columns =
          Columns.find("data", spark.read().parquet(data.toString()).schema(), "label", "features")
              .withWidth(width);
      float[] weights = new float[classes * width];
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) random.nextDouble(-1, 1);
      }
      Collapse collapse = Collapse.of(features, classes);
      Matrix w = Matrix.of(classes, width, weights);
      time(
          arguments[1] + " decode",
          rows,
          spark,
          processor,
          () ->
              FeatureScan.of(spark.read().parquet(data.toString()), columns)
                  .map(
                      (partition, batches) -> {
                        batches.forEachRemaining(batch -> {});
                        return Collections.emptyIterator();
                      })
                  .count());
      time(
          arguments[1] + " decode and moments",
          rows,
          spark,
          processor,
          () -> features.moments(classes));
      time(
          arguments[1] + " moments, then scatter",
          rows,
          spark,
          processor,
          () -> collapse.measure(Metrics.spectral()));
      time(arguments[1] + " all metrics", rows, spark, processor, collapse::measure);
      time(
          arguments[1] + " all metrics with weights",
          rows,
          spark,
          processor,
          () -> collapse.withWeights(w).measure());
      Path array = data.resolveSibling(data.getFileName() + ".safetensors");
      if (!Files.exists(array)) {
        features.write(array, false);
      }
      try (FeatureFile file = FeatureFile.open(array.toString())) {
        Collapse here = Collapse.of(file, classes);
        int threads = spark.sparkContext().defaultParallelism();
        var options = CollapseOptions.defaults().withThreads(threads);
        time(
            threads + " threads, one process, all metrics",
            rows,
            spark,
            processor,
            here.withOptions(options)::measure);
        time(
            threads + " threads, one process, all metrics with weights",
            rows,
            spark,
            processor,
            here.withOptions(options).withWeights(w)::measure);
      }
    }
  }

  private static void time(
      String what, int rows, SparkSession spark, AtomicLong processor, Runnable task)
      throws Exception {
    double wall = Double.MAX_VALUE;
    double cpu = Double.MAX_VALUE;
    double process = Double.MAX_VALUE;
    for (int i = 0; i < REPETITIONS; i++) {
      spark.sparkContext().listenerBus().waitUntilEmpty();
      processor.set(0);
      long before = PROCESS.getProcessCpuTime();
      long begun = System.nanoTime();
      task.run();
      wall = Math.min(wall, (System.nanoTime() - begun) * 1e-9);
      process = Math.min(process, (PROCESS.getProcessCpuTime() - before) * 1e-9);
      spark.sparkContext().listenerBus().waitUntilEmpty();
      cpu = Math.min(cpu, processor.get() * 1e-9);
    }
    System.out.printf(
        "%-48s %6.3f s, %8.0f rows/s; tasks %6.3f cpu-s, %9.0f rows/cpu-s; process %6.3f cpu-s%n",
        what, wall, rows / wall, cpu, rows / cpu, process);
  }

  private static void write(Path data, int rows, int classes, int width) throws Exception {
    int batch = 1000;
    float[] values = new float[batch * width];
    int[] labels = new int[batch];
    SplittableRandom random = new SplittableRandom(7);
    try (OutputStream out = Files.newOutputStream(data);
        ParquetOutput parquet = new ParquetOutput(out, false, true)) {
      for (int from = 0; from < rows; from += batch) {
        for (int i = 0; i < batch; i++) {
          labels[i] = random.nextInt(classes);
          for (int j = 0; j < width; j++) {
            values[i * width + j] =
                (labels[i] * 31 + j * 17) % 13 + (float) random.nextDouble(-1, 1);
          }
        }
        parquet.write(LabeledBatch.of(values, labels, from, Math.min(batch, rows - from), width));
      }
    }
  }
}

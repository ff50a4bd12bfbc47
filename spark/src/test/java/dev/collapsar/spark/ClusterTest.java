package dev.collapsar.spark;

import static dev.collapsar.spark.MiniCluster.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.Metrics;
import dev.collapsar.report.CollapseFormat;
import dev.collapsar.stats.ClassMoments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real standalone cluster of JVMs, some of which are killed while they work. The results have the
 * bytes that one core gives.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTest {
  private static final int CLASSES = 40;
  private static final int WIDTH = 64;
  private static final Samples SAMPLES = Samples.of(20_000, CLASSES, WIDTH, 5);
  private static final String PARTITION_BYTES = "400000";

  @TempDir private static Path directory;
  private static byte[] wanted;
  private static String wantedReport;
  private static MiniCluster cluster;
  private static SparkSession spark;
  private static Events events;

  @BeforeAll
  static void measureOnOneCoreThenStartTheCluster() throws IOException {
    SAMPLES.write(directory.resolve("data"), 16);
    try (SparkSession local =
        LocalSpark.builder("local[1]")
            .config(FeatureScan.PARTITION_BYTES, PARTITION_BYTES)
            .getOrCreate()) {
      wanted = moments(local, 0, 0);
      wantedReport = report(local);
    }
    cluster = new MiniCluster(directory, 2);
    spark =
        LocalSpark.builder(cluster.url())
            .config(FeatureScan.PARTITION_BYTES, PARTITION_BYTES)
            .config("spark.executor.memory", "700m")
            .config("spark.executor.cores", "1")
            .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
            .config(
                "spark.executor.extraJavaOptions",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                    + " -Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
            // Executors share this disk; those of a cluster do not read each other's.
            .config("spark.shuffle.readHostLocalDisk", "false")
            .config("spark.shuffle.io.maxRetries", "1")
            .config("spark.shuffle.io.retryWait", "200ms")
            .getOrCreate();
    events = new Events();
    spark.sparkContext().addSparkListener(events);
  }

  @AfterAll
  static void stop() {
    if (spark != null) {
      spark.stop();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void forget() {
    events.clear();
  }

  @Test
  @Order(1)
  void executorsOfTheirOwnGiveTheSameBytes() {
    assertArrayEquals(wanted, moments(spark, 0, 0));
    assertEquals(wantedReport, report(spark));
    assertEquals(2, events.executors.size());
  }

  @Test
  @Order(2)
  void anExecutorKilledAmongMapTasksChangesNothing() throws Exception {
    CompletableFuture<byte[]> running = run(150, 0);
    await(60, () -> events.mapTasksDone.get() >= 4);
    cluster.killExecutor(events.executors.keySet().iterator().next());
    assertArrayEquals(wanted, running.get(120, TimeUnit.SECONDS));
    assertTrue(events.executorsLost.get() >= 1, "an executor was lost");
    assertTrue(
        events.mapTasksStarted.get() > events.distinctMapTasks.size(), "map tasks ran again");
  }

  @Test
  @Order(3)
  void aKilledWorkerChangesNothing() throws Exception {
    CompletableFuture<byte[]> running = run(150, 0);
    await(60, () -> events.mapTasksDone.get() >= 4);
    cluster.killWorker(1);
    assertArrayEquals(wanted, running.get(120, TimeUnit.SECONDS));
    assertTrue(events.executorsLost.get() >= 1, "its executor was lost");
    assertTrue(
        events.mapTasksStarted.get() > events.distinctMapTasks.size(), "map tasks ran again");
    cluster.addWorker();
  }

  @Test
  @Order(4)
  void anExecutorKilledInTheReduceStageChangesNothing() throws Exception {
    CompletableFuture<byte[]> running = run(0, 200);
    await(60, () -> events.reducing.get() != null);
    cluster.killExecutor(events.reducing.get());
    assertArrayEquals(wanted, running.get(120, TimeUnit.SECONDS));
    assertTrue(events.executorsLost.get() >= 1, "an executor was lost");
    assertTrue(events.stageRetries.get() >= 1, "its map outputs were made again");
  }

  private static CompletableFuture<byte[]> run(long mapDelay, long foldDelay) {
    return CompletableFuture.supplyAsync(() -> moments(spark, mapDelay, foldDelay));
  }

  /** The first pass as {@link SparkFeatures} makes it, at a pace that leaves time to kill. */
  private static byte[] moments(SparkSession session, long mapDelay, long foldDelay) {
    var data = session.read().parquet(directory.resolve("data").toString());
    Columns columns = Columns.find("data", data.schema(), "label", "features").withWidth(WIDTH);
    JavaRDD<scala.Tuple2<ChunkKey, byte[]>> parts =
        FeatureScan.of(data, columns)
            .map(
                (partition, batches) ->
                    new MomentsParts(partition, slowly(batches, mapDelay), CLASSES, WIDTH));
    try {
      return MomentsParts.read(
              ChunkMerge.merge(
                  parts,
                  MomentsParts.chunks(CLASSES, WIDTH),
                  chunk -> slowly(new MomentsParts.Merge(chunk, CLASSES, WIDTH), foldDelay)),
              CLASSES,
              WIDTH)
          .toBytes();
    } catch (Complaint e) {
      throw new AssertionError(e);
    }
  }

  private static String report(SparkSession session) {
    String path = directory.resolve("data").toString();
    float[] weights = Samples.of(CLASSES, CLASSES, WIDTH, 9).features();
    SparkFeatures features = SparkFeatures.ofParquet(session, path, "label", "features");
    ClassMoments found = features.moments(CLASSES);
    assertArrayEquals(wanted, found.toBytes());
    return CollapseFormat.JSON.render(
        Collapse.of(features, CLASSES)
            .withWeights(Matrix.of(CLASSES, WIDTH, weights))
            .withOod(features, CLASSES)
            .measure(Metrics.collapse()));
  }

  private static Iterator<LabeledBatch> slowly(Iterator<LabeledBatch> batches, long delay) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return batches.hasNext();
      }

      @Override
      public LabeledBatch next() {
        pause(delay);
        return batches.next();
      }
    };
  }

  private static Fold slowly(Fold fold, long delay) {
    return new Fold() {
      @Override
      public void add(byte[] part) {
        pause(delay);
        fold.add(part);
      }

      @Override
      public byte[] result() {
        return fold.result();
      }
    };
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the scheduler did since it was last asked to forget. */
  private static final class Events extends SparkListener {
    final Map<String, Integer> executors = new ConcurrentHashMap<>();
    final Map<Integer, Integer> distinctMapTasks = new ConcurrentHashMap<>();
    final AtomicInteger mapTasksStarted = new AtomicInteger();
    final AtomicInteger mapTasksDone = new AtomicInteger();
    final AtomicInteger executorsLost = new AtomicInteger();
    final AtomicInteger stageRetries = new AtomicInteger();
    final AtomicReference<String> reducing = new AtomicReference<>();
    private final Map<Integer, Boolean> mapStages = new ConcurrentHashMap<>();
    private final Map<Integer, Boolean> reduceStages = new ConcurrentHashMap<>();

    void clear() {
      executors.clear();
      distinctMapTasks.clear();
      mapTasksStarted.set(0);
      mapTasksDone.set(0);
      executorsLost.set(0);
      stageRetries.set(0);
      reducing.set(null);
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
      mapStages.put(event.stageInfo().stageId(), event.stageInfo().shuffleDepId().isDefined());
      if (event.stageInfo().parentIds().nonEmpty()) {
        reduceStages.put(event.stageInfo().stageId(), true);
      }
      if (event.stageInfo().attemptNumber() > 0) {
        stageRetries.incrementAndGet();
      }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart event) {
      executors.merge(event.taskInfo().executorId(), 1, Integer::sum);
      if (mapStages.get(event.stageId())) {
        mapTasksStarted.incrementAndGet();
        distinctMapTasks.merge(event.taskInfo().index(), 1, Integer::sum);
      } else if (reduceStages.containsKey(event.stageId())) {
        reducing.compareAndSet(null, event.taskInfo().executorId());
      }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
      if (mapStages.get(event.stageId()) && event.taskInfo().successful()) {
        mapTasksDone.incrementAndGet();
      }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
      executorsLost.incrementAndGet();
    }
  }
}

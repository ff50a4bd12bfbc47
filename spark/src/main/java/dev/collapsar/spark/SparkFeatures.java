package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.FeatureReadings;
import dev.collapsar.stats.FrozenPass;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import scala.Tuple2;

/**
 * Labelled features in the columns of a Spark dataset: one of integers, one of arrays of float or
 * double, or of binary with float32 little-endian.
 *
 * <pre>{@code
 * Dataset<Row> data = session.read().parquet("train.parquet");
 * SparkFeatures features = SparkFeatures.of(data, "label", "features");
 * ClassMoments moments = features.moments(1000);
 * }</pre>
 *
 * <p>Nothing but chunks of at most 8 MiB travels between executors and driver. With the same files
 * the results have the same bits wherever the tasks run, on any number of cores and after any
 * failure, as long as every executor's processor takes the same path through OpenBLAS and the plan
 * has no shuffle of its own.
 */
public final class SparkFeatures implements FeatureReadings {
  private final String name;
  private final Dataset<Row> data;
  private final Columns columns;
  private final JavaSparkContext spark;

  private SparkFeatures(String name, Dataset<Row> data, Columns columns) {
    this.name = name;
    this.data = data;
    this.columns = columns;
    spark = FeatureScan.context(data);
  }

  /**
   * Labels and features in these columns.
   *
   * @throws InvalidInputException if there is no such column, one is of another type, or there are
   *     no rows
   */
  public static SparkFeatures of(Dataset<Row> data, String label, String features) {
    return of("the data", data, label, features);
  }

  /** Features without labels, such as out-of-distribution ones: all rows say 0. */
  public static SparkFeatures unlabelled(Dataset<Row> data, String features) {
    return of("the data", data, null, features);
  }

  /**
   * As the others, of Parquet files that messages name as the user did.
   *
   * @param path a file, a folder of files, or a pattern, where the session can read it
   * @param label null for features without labels
   */
  public static SparkFeatures ofParquet(
      SparkSession session, String path, String label, String features) {
    return of(path, ParquetFiles.read(session, path), label, features);
  }

  private static SparkFeatures of(String name, Dataset<Row> data, String label, String features) {
    Columns columns = Columns.find(name, data.schema(), label, features);
    List<Row> first =
        data.select(FeatureScan.column(columns.names().get(columns.featuresAt()))).takeAsList(1);
    if (first.isEmpty()) {
      throw new InvalidInputException(name + ": has no rows");
    }
    Object value = first.get(0).get(0);
    int width = value == null ? 0 : columns.type().width(value);
    if (width == 0) {
      throw new InvalidInputException(
          "%s: the first row has no features in column '%s'".formatted(name, features));
    }
    return new SparkFeatures(name, data, columns.withWidth(width));
  }

  @Override
  public long rows() {
    return data.count();
  }

  @Override
  public int width() {
    return columns.width();
  }

  /**
   * K as the labels tell it: the largest of them plus one. Reads all labels and no features.
   *
   * @throws InvalidInputException if the means of as many classes would not fit in the driver's
   *     memory
   */
  public int classes() {
    Row largest =
        data.select(
                FeatureScan.column(columns.names().get(columns.labelAt())).cast("long").as("label"))
            .agg(functions.max("label"))
            .first();
    long classes = largest.isNullAt(0) ? 1 : Math.max(0, largest.getLong(0)) + 1;
    double bytes = (double) classes * width() * Double.BYTES;
    if (classes > Integer.MAX_VALUE || bytes > Runtime.getRuntime().maxMemory()) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s: its largest label is %s: the means of as many classes take %.0f MB, more than"
                  + " this JVM may use",
              name,
              classes - 1,
              bytes / 1e6));
    }
    return (int) classes;
  }

  /**
   * The first pass.
   *
   * @throws InvalidInputException naming the file and the row, if a label is not in 0..classes-1,
   *     or the features are null, of another width or not finite
   */
  public ClassMoments moments(int classes) {
    int width = width();
    JavaRDD<Tuple2<ChunkKey, byte[]>> parts =
        scan((partition, batches) -> new MomentsParts(partition, batches, classes, width));
    List<byte[]> chunks =
        merge(
            parts,
            MomentsParts.chunks(classes, width),
            chunk -> new MomentsParts.Merge(chunk, classes, width),
            classes);
    return MomentsParts.read(chunks, classes, width);
  }

  @Override
  public ClassMoments moments(int classes, Workers workers) {
    return moments(classes);
  }

  @Override
  public FrozenPass.Result again(FrozenPass pass, Blas blas, Workers workers) {
    SentPass sent = new SentPass(pass, spark);
    try {
      JavaRDD<Tuple2<ChunkKey, byte[]>> parts =
          scan((partition, batches) -> find(partition, batches, sent));
      return pass.fromBytes(
          merge(
              parts, pass.chunks(), chunk -> new SecondPassParts.Sums(), pass.moments().classes()));
    } finally {
      sent.destroy();
    }
  }

  /** All of it at once, so that what is native is freed when the task leaves. */
  private static Iterator<Tuple2<ChunkKey, byte[]>> find(
      int partition, Iterator<LabeledBatch> batches, SentPass sent) {
    if (!batches.hasNext()) {
      return Collections.emptyIterator();
    }
    List<Tuple2<ChunkKey, byte[]>> found = new ArrayList<>();
    try (SentPass.Shared shared = sent.share();
        SecondPassParts parts = new SecondPassParts(partition, batches, shared.opened())) {
      parts.forEachRemaining(found::add);
    }
    return found.iterator();
  }

  /**
   * Writes them to an array file, in the order of the files and their rows.
   *
   * @throws InvalidInputException naming the file and the row, if one cannot be read as features
   */
  void write(Path target, boolean force) throws IOException {
    boolean labelled = columns.labelled();
    try {
      ArrayOutput.write(
          target,
          force,
          scan((partition, batches) -> ArrayOutput.parts(batches, labelled)).toLocalIterator(),
          columns.type() == FeatureType.DOUBLES ? ElementType.F64 : ElementType.F32,
          labelled,
          rows(),
          width());
    } catch (Complaint complaint) {
      // No class has been asked for, so any label will do.
      throw new BadRows(name, data, columns, Integer.MAX_VALUE).find(complaint);
    }
  }

  private <T> JavaRDD<T> scan(FeatureScan.PartitionFunction<T> function) {
    return FeatureScan.of(data, columns).map(function);
  }

  private List<byte[]> merge(
      JavaRDD<Tuple2<ChunkKey, byte[]>> parts, int chunks, Fold.Maker folds, int classes) {
    try {
      return ChunkMerge.merge(parts, chunks, folds);
    } catch (Complaint complaint) {
      throw new BadRows(name, data, columns, classes).find(complaint);
    }
  }
}

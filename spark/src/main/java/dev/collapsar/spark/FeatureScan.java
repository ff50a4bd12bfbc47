package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import java.io.Serializable;
import java.net.URI;
import java.util.Iterator;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.functions;
import scala.Option;

/**
 * The partitions of two columns as batches: by the columnar reader where the plan is a bare scan of
 * Parquet files, else by rows. The one class that depends on Spark's insides, with {@link
 * ColumnarBatches}.
 *
 * <p>How files are cut into partitions depends here on the data alone, not on the cores of a
 * cluster nor on the settings of the caller's session, which is cloned: with the partitions the
 * order of every sum is fixed.
 */
final class FeatureScan {
  /**
   * A setting of the session: how large a partition of files is, unless there would be too many.
   */
  static final String PARTITION_BYTES = "spark.collapsar.partitionBytes";

  /** A second's work or less, and large beside the state of usual classes. */
  private static final String USUAL_BYTES = "33554432";

  /** More would ship more states than they save time. */
  private static final long MOST_PARTITIONS = 1024;

  /** As many bytes could be read while a file is opened. */
  private static final long OPEN_COST = 1L << 20;

  private final Dataset<Row> rows;
  private final Columns columns;

  private FeatureScan(Dataset<Row> rows, Columns columns) {
    this.rows = rows;
    this.columns = columns;
  }

  static FeatureScan of(Dataset<Row> data, Columns columns) {
    FeatureScan scan = new FeatureScan(select(data, columns), columns);
    // The files' order of the columns is not always the plan's, and another needs a projection.
    FeatureScan swapped = new FeatureScan(select(data, columns.swapped()), columns.swapped());
    return !isBare(scan) && isBare(swapped) ? swapped : scan;
  }

  private static boolean isBare(FeatureScan scan) {
    return isBare(query(scan.rows).sparkPlan());
  }

  /** The whole plan must be the scan: a filter above it would be lost. */
  private static boolean isBare(SparkPlan plan) {
    return plan instanceof FileSourceScanExec && plan.supportsColumnar();
  }

  private static Dataset<Row> select(Dataset<Row> data, Columns columns) {
    return data.select(columns.names().stream().map(FeatureScan::column).toArray(Column[]::new));
  }

  static Column column(String name) {
    return functions.col('`' + name.replace("`", "``") + '`');
  }

  /** What is made of a partition: its number and its batches in, results out. */
  interface PartitionFunction<T> extends Serializable {
    Iterator<T> apply(int partition, Iterator<LabeledBatch> batches);
  }

  <T> JavaRDD<T> map(PartitionFunction<T> function) {
    QueryExecution query = query(rows);
    long bytes = query.optimizedPlan().stats().sizeInBytes().bigInteger().longValue();
    RuntimeConfig settings = rows.sparkSession().conf();
    long partition = Long.parseLong(settings.get(PARTITION_BYTES, USUAL_BYTES));
    Map<String, String> fixed =
        Map.of(
            "spark.sql.files.maxPartitionBytes",
            "" + Math.max(partition, bytes / MOST_PARTITIONS),
            "spark.sql.files.openCostInBytes",
            "" + Math.min(partition, OPEN_COST),
            "spark.sql.files.minPartitionNum",
            "1",
            "spark.sql.parquet.columnarReaderBatchSize",
            "" + Columns.BATCH_ROWS);
    // Files are cut by the settings of the session they were opened in, when the plan is executed.
    synchronized (rows.sparkSession()) {
      scala.collection.immutable.Map<String, String> before = settings.getAll();
      fixed.forEach(settings::set);
      try {
        JavaRDD<T> mapped = map(query, function);
        mapped.getNumPartitions();
        return mapped;
      } finally {
        fixed.keySet().forEach(key -> restore(settings, key, before.get(key)));
      }
    }
  }

  private static void restore(RuntimeConfig settings, String key, Option<String> before) {
    if (before.isDefined()) {
      settings.set(key, before.get());
    } else {
      settings.unset(key);
    }
  }

  private <T> JavaRDD<T> map(QueryExecution query, PartitionFunction<T> function) {
    Columns read = columns;
    SparkPlan plan = query.sparkPlan();
    if (isBare(plan)) {
      return plan.executeColumnar()
          .toJavaRDD()
          .mapPartitionsWithIndex(
              (partition, batches) -> function.apply(partition, new ColumnarBatches(read, batches)),
              true);
    }
    return rows.toJavaRDD()
        .mapPartitionsWithIndex(
            (partition, found) -> function.apply(partition, new RowBatches(read, found)), true);
  }

  static JavaSparkContext context(Dataset<Row> data) {
    return JavaSparkContext.fromSparkContext(query(data).sparkSession().sparkContext());
  }

  /**
   * @throws InvalidInputException if the data are of a session that is not the cluster's own
   */
  private static QueryExecution query(Dataset<Row> rows) {
    if (rows instanceof org.apache.spark.sql.classic.Dataset<Row> classic) {
      return classic.queryExecution();
    }
    throw new InvalidInputException(
        "the data are of a Spark Connect session, which cannot run accumulators; use a session of"
            + " the cluster itself");
  }

  /** The file that this task is reading, as {@code _metadata.file_path} has it; empty for none. */
  static String currentFile() {
    String encoded = InputFileBlockHolder.getInputFilePath().toString();
    return encoded.isEmpty() ? "" : decoded(encoded);
  }

  /** A file's place, of which Spark tells with spaces as %20. */
  static String decoded(String uri) {
    return new Path(URI.create(uri)).toString();
  }
}

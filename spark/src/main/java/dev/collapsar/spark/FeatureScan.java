package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.classic.Dataset$;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.functions;

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
  /** A partition takes a few seconds and its state is small beside it. */
  private static final long LEAST_PARTITION_BYTES = 32L << 20;

  /** More would ship more states than they save time. */
  private static final long MOST_PARTITIONS = 1024;

  private final Dataset<Row> rows;

  private FeatureScan(Dataset<Row> rows) {
    this.rows = rows;
  }

  static FeatureScan of(Dataset<Row> data, Columns columns) {
    if (!(data instanceof org.apache.spark.sql.classic.Dataset<Row> classic)) {
      throw new InvalidInputException(
          "the data are of a Spark Connect session, which cannot run accumulators; use a session of"
              + " the cluster itself");
    }
    Dataset<Row> selected =
        classic.select(columns.names().stream().map(FeatureScan::column).toArray(Column[]::new));
    QueryExecution query = ((org.apache.spark.sql.classic.Dataset<Row>) selected).queryExecution();
    SparkSession session = classic.sparkSession().cloneSession();
    long bytes = query.optimizedPlan().stats().sizeInBytes().bigInteger().longValue();
    session
        .conf()
        .set(
            "spark.sql.files.maxPartitionBytes",
            Math.max(LEAST_PARTITION_BYTES, bytes / MOST_PARTITIONS));
    session.conf().set("spark.sql.files.openCostInBytes", 1L << 20);
    session.conf().set("spark.sql.files.minPartitionNum", 1);
    session.conf().unset("spark.sql.files.maxPartitionNum");
    session.conf().set("spark.sql.parquet.columnarReaderBatchSize", Columns.BATCH_ROWS);
    session.conf().set("spark.sql.parquet.enableVectorizedReader", true);
    session.conf().set("spark.sql.parquet.enableNestedColumnVectorizedReader", true);
    return new FeatureScan(Dataset$.MODULE$.ofRows(session, query.analyzed()));
  }

  static Column column(String name) {
    return functions.col('`' + name.replace("`", "``") + '`');
  }

  /** What is made of a partition: its number and its batches in, results out. */
  interface PartitionFunction<T> extends Serializable {
    Iterator<T> apply(int partition, Iterator<LabeledBatch> batches);
  }

  <T> JavaRDD<T> map(Columns columns, PartitionFunction<T> function) {
    SparkPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().sparkPlan();
    // The whole plan must be the scan: a filter above it would be lost.
    if (plan instanceof FileSourceScanExec && plan.supportsColumnar()) {
      return plan.executeColumnar()
          .toJavaRDD()
          .mapPartitionsWithIndex(
              (partition, batches) ->
                  function.apply(partition, new ColumnarBatches(columns, batches)),
              true);
    }
    return rows.toJavaRDD()
        .mapPartitionsWithIndex(
            (partition, found) -> function.apply(partition, new RowBatches(columns, found)), true);
  }

  /** The file that this task is reading, empty if it reads none. */
  static String currentFile() {
    return InputFileBlockHolder.getInputFilePath().toString();
  }
}

package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import org.apache.spark.SparkException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Opens Parquet files, and says in one line why not. */
final class ParquetFiles {
  private ParquetFiles() {}

  /**
   * @throws InvalidInputException if there is no such file or it is no Parquet
   */
  static Dataset<Row> read(SparkSession session, String path) {
    try {
      return session.read().parquet(path);
    } catch (Exception e) {
      throw refusal(path, e);
    }
  }

  /** Spark throws checked exceptions that it does not declare. */
  private static RuntimeException refusal(String path, Exception e) {
    String condition =
        e instanceof AnalysisException analysis
            ? analysis.getCondition()
            : e instanceof SparkException failure ? failure.getCondition() : null;
    if (condition == null) {
      return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
    return new InvalidInputException(
        switch (condition) {
          case "PATH_NOT_FOUND" -> path + ": no such file";
          case "UNABLE_TO_INFER_SCHEMA" -> path + ": holds no Parquet files";
          default ->
              condition.startsWith("FAILED_READ_FILE")
                  ? path + ": is no Parquet file"
                  : path + ": cannot be read: " + e.getMessage().lines().findFirst().orElse("");
        },
        e);
  }
}

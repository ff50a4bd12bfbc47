package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.spark.SparkException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Opens Parquet files, and says in one line why not. */
final class ParquetFiles {
  /** Pages with a checksum, which Spark writes, are held against it: damage is no other number. */
  private static final String CHECKSUMS = "parquet.page.verify-checksum.enabled";

  private ParquetFiles() {}

  /**
   * @throws InvalidInputException if there is no such file or it is no Parquet
   */
  static Dataset<Row> read(SparkSession session, String path) {
    try {
      return session.read().option(CHECKSUMS, true).parquet(path);
    } catch (Exception e) {
      throw refusal(path, e);
    }
  }

  private static boolean knowsNoFileSystem(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      boolean unknown =
          e instanceof UnsupportedFileSystemException || e instanceof ClassNotFoundException;
      if (unknown && String.valueOf(e.getMessage()).contains("FileSystem")) {
        return true;
      }
    }
    return false;
  }

  /** Spark throws checked exceptions that it does not declare. */
  private static RuntimeException refusal(String path, Exception e) {
    String condition =
        e instanceof AnalysisException analysis
            ? analysis.getCondition()
            : e instanceof SparkException failure ? failure.getCondition() : null;
    if (condition == null) {
      return new IllegalStateException(
          knowsNoFileSystem(e)
              ? "%s: Spark knows no file system for %s here"
                  .formatted(path, path.substring(0, path.indexOf(':')))
              : path + ": cannot be read",
          e);
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

package dev.collapsar.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.stats.ClassMoments;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of docs/tour.md on Spark; that the two are the same, TourTest of cli proves. */
class TourTest {
  @TempDir private Path directory;

  @Test
  void aDatasetIsMeasuredInSixLines() throws IOException {
    Samples.of(300, 3, 4, 1).write(directory.resolve("train.parquet"), 2);
    LocalSpark.open("local[2]");
    ClassMoments moments = measure(directory.resolve("train.parquet").toString());
    assertEquals(300, moments.samples());
  }

  private static ClassMoments measure(String path) throws IOException {
    // tour with "train.parquet" for path
    try (SparkSession session = SparkSession.builder().getOrCreate()) {
      Dataset<Row> data = session.read().parquet(path);
      SparkFeatures features = SparkFeatures.of(data, "label", "features");
      ClassMoments moments = features.moments(3);
      CollapseReport report = Collapse.of(features, 3).measure();
      // end
      assertEquals(moments.samples(), report.samples());
      return moments;
    }
  }
}

package dev.collapsar.spark;

import org.apache.spark.sql.SparkSession;

/** Sessions of one JVM, and one after another: Spark allows no two at once. */
final class LocalSpark {
  private LocalSpark() {}

  static SparkSession open(String master) {
    return builder(master).getOrCreate();
  }

  static SparkSession.Builder builder(String master) {
    return SparkSession.builder()
        .master(master)
        .appName("test")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2");
  }
}

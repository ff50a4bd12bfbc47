package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where Spark runs, as options of a command. Settings of spark-submit come before the defaults. */
final class SessionOptions {
  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "a cluster such as spark://host:7077, or local[N] (default: spark-submit's, else"
              + " local[*], this machine)")
  private String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      hideParamSyntax = true,
      description = "a setting of Spark, such as spark.executor.memory=8g; may be repeated")
  private Map<String, String> settings = new LinkedHashMap<>();

  /**
   * The session; to be closed.
   *
   * @throws InvalidInputException if Spark refuses a setting
   */
  SparkSession open() {
    String where = System.getProperty("spark.master", "local[*]");
    where = settings.getOrDefault("spark.master", master == null ? where : master);
    SparkSession.Builder builder =
        SparkSession.builder().appName("collapsar").config("spark.master", where);
    preset(builder, "spark.ui.enabled", "false");
    preset(
        builder,
        "spark.ui.showConsoleProgress",
        System.getProperty("collapsar.stderr.terminal", "false"));
    if (where.startsWith("local")) {
      preset(builder, "spark.driver.host", "127.0.0.1");
      preset(builder, "spark.driver.bindAddress", "127.0.0.1");
    } else if (System.getProperty("collapsar.spark.jar") != null) {
      // The executors of a cluster that knows Spark alone fetch ours from the driver.
      preset(builder, "spark.jars", System.getProperty("collapsar.spark.jar"));
    }
    settings.forEach(builder::config);
    try {
      return builder.getOrCreate();
    } catch (Exception e) {
      throw new InvalidInputException(
          "Spark does not start on %s: %s"
              .formatted(where, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  private static void preset(SparkSession.Builder builder, String key, String value) {
    if (System.getProperty(key) == null) {
      builder.config(key, value);
    }
  }
}

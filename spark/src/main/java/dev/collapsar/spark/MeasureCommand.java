package dev.collapsar.spark;

import dev.collapsar.command.CollapseSettings;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.NewFile;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Metrics;
import dev.collapsar.report.CollapseFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures features in Parquet files. */
@Command(
    name = "measure",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "collapsar spark measure --features PATH [OPTION]...",
    description = {
      "Measure the neural collapse of features in Parquet files, on Spark.",
      "Labels are not permuted here: chance levels and corrected numbers are those of",
      "'collapsar measure'.",
      ""
    },
    footer = {
      "",
      "PATH is a Parquet file, a folder of them or a pattern, where Spark can read it.",
      "",
      "Examples:",
      "  collapsar spark measure --features train.parquet",
      "  collapsar spark measure --features hdfs:///train --label token --column hidden \\",
      "      --weights head.safetensors#lm_head.weight --master spark://host:7077",
      "  spark-submit --class dev.collapsar.spark.CollapsarSpark collapsar-spark-...-spark.jar \\",
      "      measure --features hdfs:///train --format json"
    })
final class MeasureCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private MeasuredColumns columns;

  @Option(
      names = "--metrics",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "id,...",
      description =
          "these, or 'all' (default: all that the data allow but the costly nc1_vci and rank_*)")
  private List<String> metrics = List.of();

  @Option(names = "--format", paramLabel = "table|json|csv", description = "default: table")
  private CollapseFormat format = CollapseFormat.TABLE;

  @Option(names = "--out", paramLabel = "FILE", description = "write there instead of stdout")
  private Path out;

  @Mixin private CollapseSettings settings;
  @Mixin private SessionOptions session;

  @Override
  public Integer call() throws Exception {
    return SparkLog.heard(this::work);
  }

  private Integer work() throws IOException {
    Set<CollapseMetric> wanted = Metrics.named(metrics);
    columns.check();
    if (out != null) {
      NewFile.requirePlace(out); // before the work rather than after it
    }
    CollapseReport report;
    try (SparkSession spark = session.open()) {
      Collapse collapse = settings.applyTo(columns.open(spark));
      report = (wanted.isEmpty() ? collapse.measure() : collapse.measure(wanted)).requireNumber();
    }
    print(format.render(report));
    return ExitCodes.DONE;
  }

  private void print(String text) {
    if (out == null) {
      PrintWriter stdout = spec.commandLine().getOut();
      stdout.print(text);
      stdout.flush();
    } else {
      NewFile.write(out, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    }
  }
}

package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.NewFile;
import dev.collapsar.features.FeatureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Converts feature files to Parquet and back. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "collapsar spark convert IN [LABELS] OUT [OPTION]...",
    description = {
      "Convert features with their labels from .npy, .npz or .safetensors to one .parquet file, or"
          + " Parquet files to .npz, .safetensors or .npy; rows keep their order, numbers their"
          + " values.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  collapsar spark convert train.npz train.parquet",
      "  collapsar spark convert features.npy labels.npy train.parquet",
      "  collapsar spark convert --unlabelled ood.npy ood.parquet",
      "  collapsar spark convert train.parquet train.safetensors"
    })
final class ConvertCommand implements Callable<Integer> {
  private static final int BATCH_ROWS = 512;

  @Parameters(
      index = "0..*",
      arity = "2..3",
      hideParamSyntax = true,
      paramLabel = "IN [LABELS] OUT",
      description =
          "features, FILE#NAME for one array of a file; their labels, if they are in a file of"
              + " their own; last the file that is written")
  private List<String> files;

  @Option(
      names = "--label",
      paramLabel = "NAME",
      description = "the column of the labels in Parquet that is read (default: label)")
  private String label = ParquetOutput.LABEL;

  @Option(
      names = "--column",
      paramLabel = "NAME",
      description = "the column of the features in Parquet that is read (default: features)")
  private String column = ParquetOutput.FEATURES;

  @Option(names = "--unlabelled", description = "there are no labels, or they are left out")
  private boolean unlabelled;

  @Option(names = "--force", description = "replace OUT if it exists")
  private boolean force;

  @Mixin private SessionOptions session;

  @Override
  public Integer call() throws Exception {
    return SparkLog.heard(this::work);
  }

  private Integer work() throws IOException {
    String source = files.get(0);
    Path target = Path.of(files.get(files.size() - 1));
    String labels = files.size() == 3 ? files.get(1) : null;
    if (unlabelled && labels != null) {
      throw new InvalidInputException("--unlabelled: but %s is given as labels".formatted(labels));
    }
    NewFile.requirePlace(target); // before the work rather than after it
    if (!target.toString().endsWith(".parquet")) {
      fromParquet(source, labels, target);
      return ExitCodes.DONE;
    }
    if (!force && Files.exists(target)) {
      throw new InvalidInputException(
          target + ": exists already and is replaced only when asked to (--force)");
    }
    try (FeatureFile table = open(source, labels)) {
      NewFile.write(
          target,
          out -> {
            boolean doubles = table.type() == ElementType.F64;
            try (ParquetOutput parquet = new ParquetOutput(out, doubles, !unlabelled);
                BatchSource batches = table.read(BATCH_ROWS)) {
              for (LabeledBatch next = batches.next(); next != null; next = batches.next()) {
                parquet.write(next);
              }
            }
          });
    }
    return ExitCodes.DONE;
  }

  private FeatureFile open(String source, String labels) {
    return unlabelled
        ? FeatureFile.unlabelled(source)
        : labels == null ? FeatureFile.open(source) : FeatureFile.open(source, labels);
  }

  private void fromParquet(String source, String labels, Path target) throws IOException {
    if (labels != null) {
      throw new InvalidInputException(
          labels + ": one source is converted from Parquet, and OUT ends in .parquet otherwise");
    }
    if (target.toString().endsWith(".npy") && !unlabelled) {
      throw new InvalidInputException(
          target
              + ": a .npy file holds one array; add --unlabelled for the features alone, or"
              + " choose .npz or .safetensors");
    }
    try (SparkSession spark = session.open()) {
      SparkFeatures.ofParquet(spark, source, unlabelled ? null : label, column)
          .write(target, force);
    }
  }
}

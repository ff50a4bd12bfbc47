package dev.collapsar.cli.recorded;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.CollapseSettings;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import dev.collapsar.features.ClassCount;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.features.FeatureSource;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import dev.collapsar.recording.EpochFile;
import dev.collapsar.recording.Recording;
import dev.collapsar.run.RunRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Features by epoch, as options of a command. */
public final class RecordedFeatures implements EpochSource {
  @Option(
      names = "--features",
      paramLabel = "GLOB[#NAME]",
      description = "features by epoch, (N, D) each, or tokens of sequences, (N, T, D)")
  private String features;

  @Option(
      names = "--labels",
      paramLabel = "FILE[#NAME]",
      description =
          "their classes: one file for all, or one an epoch (default: in the features' files)")
  private String labels;

  @Option(
      names = "--ignore-label",
      paramLabel = "LABEL",
      description = "leave out rows of this label, such as -100 (default: none)")
  private String ignoredLabel;

  @Option(
      names = "--weights",
      paramLabel = "FILE[#NAME]",
      description =
          "the classifier's weights, (K, D): one file an epoch, or #NAME alone for an array in the"
              + " features' files")
  private String weights;

  @Option(
      names = "--classes",
      paramLabel = "K",
      description = "how many there are (default: rows of the weights, else as the labels tell)")
  private Integer classes;

  private Recording recording;
  private CollapseSettings settings;

  public boolean given() {
    return features != null;
  }

  @Override
  public String option() {
    return "--features";
  }

  @Override
  public String pattern() {
    int hash = features.lastIndexOf('#');
    return hash < 0 ? features : features.substring(0, hash);
  }

  private String array() {
    int hash = features.lastIndexOf('#');
    return hash < 0 ? "" : features.substring(hash);
  }

  @Override
  public void describe(Recording to, CollapseSettings how, Progress progress) {
    recording = to;
    settings = how;
    if (ignoredLabel != null) {
      to.set("ignore-label", ignoredLabel);
    }
  }

  @Override
  public Measured measure(EpochFile file, String variant) {
    try (FeatureFile table = open(file)) {
      Matrix matrix = weights == null ? null : weights(file, table.width());
      int count = ClassCount.of(classes, matrix, table);
      recording.set("features.width", table.width());
      recording.set("classes", count);
      if (!table.classNames().isEmpty()) {
        recording.set("labels", String.join(", ", table.classNames()));
      }
      table.notes().forEach(recording::note);
      Collapse collapse = settings.applyTo(Collapse.of(table, count));
      CollapseReport report =
          InvalidInputException.naming(
                  "--weights",
                  weights,
                  () -> matrix == null ? collapse : collapse.withWeights(matrix))
              .measure()
              .requireNumber();
      List<Measurement> all = List.copyOf(report.metrics().values());
      RunRecord.DataSet data =
          new RunRecord.DataSet(
              variant + "-epoch-" + file.epoch(),
              file.file().toString(),
              report.samples(),
              List.of(report.dimensions()),
              Map.of(file.file().getFileName().toString(), file.sha256()));
      return new Measured(
          data,
          Measured.rows(variant, file.epoch(), "", all),
          all.stream().map(Measurement::info).toList());
    }
  }

  private FeatureFile open(EpochFile file) {
    String path = file.file() + array();
    FeatureSource source =
        labels == null ? FeatureSource.of(path) : FeatureSource.of(path, of(labels, file));
    return FeatureFile.open(source.ignoring(Optional.ofNullable(ignoredLabel)));
  }

  /**
   * A {@code *} or {@code {epoch}} is the number of the epoch, as it is spelled in the file's name.
   */
  private static String of(String name, EpochFile file) {
    if (name.startsWith("#")) {
      return file.file() + name;
    }
    return name.replace("{epoch}", file.spelled()).replace("*", file.spelled());
  }

  private Matrix weights(EpochFile file, int width) {
    try (ArrayFile opened = ArrayFile.open(of(weights, file))) {
      StoredArray array = opened.weightsFor(width);
      long[] shape = array.shape();
      return Matrix.of((int) shape[0], (int) shape[1], array.toDoubles());
    }
  }
}

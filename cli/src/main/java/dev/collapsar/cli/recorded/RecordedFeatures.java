package dev.collapsar.cli.recorded;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.CollapseSettings;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import dev.collapsar.features.ClassCount;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.features.FeatureSource;
import dev.collapsar.features.TapNames;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.recording.EpochFile;
import dev.collapsar.recording.Recording;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Features by epoch, as options of a command. */
public final class RecordedFeatures implements EpochSource {
  @Option(
      names = "--features",
      paramLabel = "GLOB[#NAME]",
      description =
          "features by epoch, (N, D) each, or tokens of sequences, (N, T, D); #NAME,NAME or #* for"
              + " several layers of each file, the last the one before the classifier")
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
    String address = file.file() + array();
    List<String> taps = TapNames.of(address, Optional.ofNullable(labels).map(l -> of(l, file)));
    List<RunRecord.Row> rows = new ArrayList<>();
    Map<String, MetricInfo> infos = new LinkedHashMap<>();
    for (String tap : taps.isEmpty() ? taps : taps.subList(0, taps.size() - 1)) {
      add(measure(file, TapNames.address(address, tap), false), variant, file, tap, rows, infos);
    }
    String last = taps.isEmpty() ? address : TapNames.address(address, taps.get(taps.size() - 1));
    if (!taps.isEmpty()) {
      recording.note("Numbers without a layer are of %s.".formatted(taps.get(taps.size() - 1)));
    }
    CollapseReport report = measure(file, last, true);
    add(report, variant, file, "", rows, infos);
    RunRecord.DataSet data =
        new RunRecord.DataSet(
            variant + "-epoch-" + file.epoch(),
            file.file().toString(),
            report.samples(),
            List.of(report.dimensions()),
            Map.of(file.file().getFileName().toString(), file.sha256()));
    return new Measured(data, rows, infos.values());
  }

  private static void add(
      CollapseReport report,
      String variant,
      EpochFile file,
      String layer,
      List<RunRecord.Row> rows,
      Map<String, MetricInfo> infos) {
    List<Measurement> all = List.copyOf(report.metrics().values());
    rows.addAll(Measured.rows(variant, file.epoch(), layer, all));
    all.forEach(measurement -> infos.putIfAbsent(measurement.id(), measurement.info()));
  }

  /**
   * @param last whether these are the features that the weights read
   */
  private CollapseReport measure(EpochFile file, String address, boolean last) {
    try (FeatureFile table = open(file, address)) {
      Matrix matrix = weights == null || !last ? null : weights(file, table.width());
      int count = ClassCount.of(classes, matrix, table);
      if (last) {
        recording.set("features.width", table.width());
        recording.set("classes", count);
      }
      if (!table.classNames().isEmpty()) {
        recording.set("labels", String.join(", ", table.classNames()));
      }
      table.notes().forEach(note -> recording.note(note + "."));
      Collapse collapse = settings.applyTo(Collapse.of(table, count));
      return InvalidInputException.naming(
              "--weights", weights, () -> matrix == null ? collapse : collapse.withWeights(matrix))
          .measure()
          .requireNumber();
    }
  }

  private FeatureFile open(EpochFile file, String address) {
    FeatureSource source =
        labels == null ? FeatureSource.of(address) : FeatureSource.of(address, of(labels, file));
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

package dev.collapsar.cli;

import dev.collapsar.InvalidInputException;
import dev.collapsar.cli.output.Reading;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import dev.collapsar.features.ClassCount;
import dev.collapsar.features.FeatureFile;
import dev.collapsar.features.FeatureSource;
import dev.collapsar.features.TapNames;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.recording.EpochFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** The files that are measured, as options of a command; opened on demand. */
final class MeasuredFiles implements AutoCloseable {
  @Option(
      names = "--features",
      paramLabel = "FILE[#NAME]",
      description =
          "training features, (N, D), or tokens of sequences, (N, T, D); #NAME,NAME or #* for"
              + " several layers, each measured")
  private String features;

  @Option(
      names = "--labels",
      paramLabel = "FILE[#NAME]",
      description =
          "their classes: numbers or text, (N), or one-hot rows, (N, K); of tokens (N, T)"
              + " (default: in the features' file)")
  private String labels;

  @Option(
      names = "--ignore-label",
      paramLabel = "LABEL",
      description = "leave out rows of this label, such as -100 (default: none)")
  private String ignoredLabel;

  @Option(
      names = "--classes",
      paramLabel = "K",
      description = "how many there are (default: rows of the weights, else as the labels tell)")
  private Integer classes;

  @Option(
      names = "--weights",
      paramLabel = "FILE[#NAME]",
      description = "the classifier's weights, (K, D); for nc2 of weights, nc3 and nc4")
  private String weights;

  @Option(names = "--bias", paramLabel = "FILE[#NAME]", description = "its bias, (K)")
  private String bias;

  @Option(
      names = "--test-features",
      paramLabel = "FILE[#NAME]",
      description = "nc4 is of these rather than of the training features")
  private String testFeatures;

  @Option(names = "--test-labels", paramLabel = "FILE[#NAME]", description = "their classes")
  private String testLabels;

  @Option(
      names = "--ood-features",
      paramLabel = "FILE[#NAME]",
      description = "out-of-distribution features, for nc5")
  private String oodFeatures;

  @Option(
      names = "--ood-labels",
      paramLabel = "FILE[#NAME]",
      description = "their own classes, if they are balanced by class (default: one class)")
  private String oodLabels;

  @Option(
      names = "--flatten",
      description = "of features with more dimensions (maps) each sample's values are one row")
  private boolean flatten;

  private final List<FeatureFile> tables = new ArrayList<>();
  private final List<StoredArray> found = new ArrayList<>();

  /** Whether there are features to open. */
  boolean given() {
    return features != null;
  }

  /** The first option of these that was given, if any was. */
  Optional<String> first() {
    Map<String, Object> given = new LinkedHashMap<>();
    given.put("--features", features);
    given.put("--labels", labels);
    given.put("--ignore-label", ignoredLabel);
    given.put("--classes", classes);
    given.put("--weights", weights);
    given.put("--bias", bias);
    given.put("--test-features", testFeatures);
    given.put("--test-labels", testLabels);
    given.put("--ood-features", oodFeatures);
    given.put("--ood-labels", oodLabels);
    given.put("--flatten", flatten ? true : null);
    return given.entrySet().stream()
        .filter(option -> option.getValue() != null)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** The layers whose features are measured one after another; empty if there is one set. */
  List<String> taps() {
    List<String> taps = TapNames.of(features, Optional.ofNullable(labels));
    if (!taps.isEmpty()) {
      refuseWithTaps("--weights", weights);
      refuseWithTaps("--test-features", testFeatures);
      refuseWithTaps("--ood-features", oodFeatures);
    }
    return taps;
  }

  private void refuseWithTaps(String option, String value) {
    if (value != null) {
      throw new InvalidInputException(
          "%s %s: belongs to one layer; measure that alone, as --features FILE#NAME"
              .formatted(option, value));
    }
  }

  /** Opens the files and hands the features to the measurement, watched. */
  Collapse open(Reading reading) {
    return open(reading, features);
  }

  /** The same of one of the {@link #taps}. */
  Collapse openTap(Reading reading, String tap) {
    return open(reading, TapNames.address(features, tap));
  }

  private Collapse open(Reading reading, String address) {
    requireTogether("--bias", bias, "--weights", weights);
    requireTogether("--test-labels", testLabels, "--test-features", testFeatures);
    requireTogether("--ood-labels", oodLabels, "--ood-features", oodFeatures);
    FeatureFile train = table(address, labels);
    Matrix matrix = weights == null ? null : weights(train.width());
    int count = ClassCount.of(classes, matrix, train);
    Collapse collapse = Collapse.of(reading.watch(train), count);
    if (matrix != null) {
      collapse = with("--weights", weights, matrix, collapse::withWeights);
    }
    if (bias != null) {
      collapse = with("--bias", bias, bias(), collapse::withBias);
    }
    if (testFeatures != null) {
      FeatureFile test = table(testFeatures, testLabels);
      test.requireClassesOf(train);
      collapse = with("--test-features", testFeatures, reading.watch(test), collapse::withTest);
    }
    if (oodFeatures != null) {
      boolean labelled = oodLabels != null;
      FeatureFile ood =
          labelled
              ? table(oodFeatures, oodLabels)
              : keep(FeatureFile.open(FeatureSource.unlabelled(oodFeatures).flattened(flatten)));
      int oodClasses = labelled ? ood.classes() : 1;
      Collapse before = collapse;
      collapse =
          with(
              "--ood-features",
              oodFeatures,
              reading.watch(ood),
              table -> before.withOod(table, oodClasses));
    }
    return collapse;
  }

  private static <V> Collapse with(
      String option, String file, V value, Function<V, Collapse> setting) {
    return InvalidInputException.naming(option, file, () -> setting.apply(value));
  }

  private static void requireTogether(
      String option, String value, String needed, String neededValue) {
    if (value != null && neededValue == null) {
      throw new InvalidInputException("%s %s: needs %s too".formatted(option, value, needed));
    }
  }

  private FeatureFile table(String featuresFile, String labelsFile) {
    FeatureSource source =
        labelsFile == null
            ? FeatureSource.of(featuresFile)
            : FeatureSource.of(featuresFile, labelsFile);
    return keep(
        FeatureFile.open(source.ignoring(Optional.ofNullable(ignoredLabel)).flattened(flatten)));
  }

  private FeatureFile keep(FeatureFile table) {
    tables.add(table);
    found.addAll(table.arrays());
    return table;
  }

  private Matrix weights(int width) {
    try (ArrayFile file = ArrayFile.open(weights)) {
      StoredArray array = file.weightsFor(width);
      found.add(array);
      long[] shape = array.shape();
      return Matrix.of((int) shape[0], (int) shape[1], array.toDoubles());
    }
  }

  private double[] bias() {
    try (ArrayFile file = ArrayFile.open(bias)) {
      found.add(file.bias());
      return file.bias().toDoubles();
    }
  }

  /** What was done with rows and labels, a sentence each. */
  List<String> notes() {
    return tables.stream()
        .flatMap(
            table ->
                table.notes().stream().map(note -> table.arrays().get(0).fileName() + ": " + note))
        .distinct()
        .toList();
  }

  /** The name of the features' file. */
  String title() {
    String file = found.get(0).fileName();
    return Path.of(file).getFileName().toString();
  }

  /** D, of the features that were opened last. */
  int width() {
    return tables.get(tables.size() - 1).width();
  }

  /** The label of each class, if that is not its number. */
  List<String> classNames() {
    return tables.stream()
        .map(FeatureFile::classNames)
        .filter(names -> !names.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  /**
   * The files with the hashes of their bytes, and what was done with rows and labels; nothing if it
   * is not wanted.
   */
  Map<String, Object> origin(boolean wanted) {
    if (!wanted) {
      return Map.of();
    }
    Map<String, String> hashes = new LinkedHashMap<>();
    found.forEach(array -> hashes.computeIfAbsent(array.fileName(), MeasuredFiles::sha256));
    List<Map<String, String>> arrays = new ArrayList<>();
    for (StoredArray array : found) {
      Map<String, String> one = new LinkedHashMap<>();
      one.put("file", array.fileName());
      one.put("array", array.toString());
      one.put("sha256", hashes.get(array.fileName()));
      arrays.add(one);
    }
    Map<String, Object> origin = new LinkedHashMap<>();
    origin.put("files", arrays);
    origin.put("notes", notes());
    if (!classNames().isEmpty()) {
      origin.put("classNames", classNames());
    }
    return origin;
  }

  private static String sha256(String file) {
    return new EpochFile(0, Path.of(file)).sha256();
  }

  /** The arrays that were found, one a line. */
  void describe(PrintWriter out) {
    found.forEach(out::println);
  }

  @Override
  public void close() {
    tables.forEach(FeatureFile::close);
  }
}

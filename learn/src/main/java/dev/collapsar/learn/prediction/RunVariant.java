package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.RunDirectory;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A variant of a run whose network, or whose adapter with its base, was kept.
 *
 * @param network the file of its network, or of what its adapter sits on
 * @param chosen why it is this one, if nobody said which
 */
public record RunVariant(
    Path run, String name, Path network, Optional<Path> adapter, Optional<String> chosen) {
  /** The setting that says what chooses an epoch. */
  private static final String CHOICE = "keep.by";

  /**
   * @param wanted its name; if absent the best on validation images, or the only one
   * @throws InvalidInputException if it is no run, or there is no such variant
   */
  static RunVariant of(Path run, Optional<String> wanted) {
    RunDirectory directory = RunDirectory.open(run);
    if (!directory.hasRecord()) {
      throw new InvalidInputException(
          run + ": is a folder without record.json, so no run; a network is a file");
    }
    RunRecord record = directory.record();
    List<String> kept =
        record.variants().stream()
            .map(RunRecord.Variant::name)
            .filter(v -> isKept(run, v))
            .toList();
    if (kept.isEmpty()) {
      throw new InvalidInputException(run + ": keeps no network and no adapter");
    }
    if (wanted.isPresent()) {
      if (!kept.contains(wanted.get())) {
        throw new InvalidInputException(
            "--variant %s: %s keeps %s".formatted(wanted.get(), run, String.join(", ", kept)));
      }
      return at(run, wanted.get(), Optional.empty());
    }
    return kept.size() == 1 ? at(run, kept.get(0), Optional.empty()) : best(run, record, kept);
  }

  /** Where the moments of its training features are, if the run kept them. */
  Path moments() {
    return RunDirectory.open(run).momentsFile(name);
  }

  private static boolean isKept(Path run, String variant) {
    return Files.isRegularFile(file(run, variant)) || AdapterFile.existsIn(folder(run, variant));
  }

  private static Path file(Path run, String variant) {
    return run.resolve("networks").resolve(variant + ".safetensors");
  }

  private static Path folder(Path run, String variant) {
    return run.resolve("adapters").resolve(variant);
  }

  private static RunVariant at(Path run, String variant, Optional<String> chosen) {
    Path folder = folder(run, variant);
    if (!AdapterFile.existsIn(folder)) {
      return new RunVariant(run, variant, file(run, variant), Optional.empty(), chosen);
    }
    Path base =
        AdapterFile.read(folder)
            .config()
            .base()
            .file(folder)
            .orElseThrow(
                () -> new InvalidInputException(folder + ": does not say which file its base is"));
    return new RunVariant(run, variant, base, Optional.of(folder), chosen);
  }

  private static RunVariant best(Path run, RunRecord record, List<String> kept) {
    String best = null;
    double most = Double.NEGATIVE_INFINITY;
    List<String> said = new ArrayList<>();
    for (String variant : kept) {
      OptionalDouble accuracy = validation(record, variant);
      if (accuracy.isPresent()) {
        said.add(String.format(Locale.ROOT, "%s %.4f", variant, accuracy.getAsDouble()));
        if (accuracy.getAsDouble() > most) {
          best = variant;
          most = accuracy.getAsDouble();
        }
      }
    }
    if (best == null) {
      throw new InvalidInputException(
          "%s: keeps %s and has no validation accuracy to choose by; --variant must say which"
              .formatted(run, String.join(", ", kept)));
    }
    return at(
        run,
        best,
        Optional.of(
            "variant %s, the best on the validation images (%s)"
                .formatted(best, String.join(", ", said))));
  }

  /** At the epoch that was kept: what came untrained, with a head of chance, is no candidate. */
  private static OptionalDouble validation(RunRecord record, String variant) {
    boolean byLoss =
        LearnMetrics.LOSS_VALIDATION.id().equals(String.valueOf(record.settings().get(CHOICE)));
    Optional<Row> best =
        byLoss
            ? rows(record, variant, LearnMetrics.LOSS_VALIDATION)
                .min(Comparator.comparing(Row::value))
            : rows(record, variant, LearnMetrics.ACCURACY_VALIDATION)
                .max(Comparator.comparing(Row::value));
    return best.stream()
        .flatMap(
            kept ->
                rows(record, variant, LearnMetrics.ACCURACY_VALIDATION)
                    .filter(row -> row.epoch() == kept.epoch()))
        .mapToDouble(Row::value)
        .findFirst();
  }

  private static Stream<Row> rows(RunRecord record, String variant, MetricInfo metric) {
    return record.measurements().stream()
        .filter(row -> row.variant().equals(variant) && row.metric().equals(metric.id()))
        .filter(row -> row.epoch() > 0 && row.value() != null);
  }
}

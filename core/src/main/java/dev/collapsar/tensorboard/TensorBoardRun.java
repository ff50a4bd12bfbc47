package dev.collapsar.tensorboard;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunFollower;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A run as TensorBoard shows it: a folder a variant, within it one for each layer and for each
 * stage after its first, so that they are curves of one chart. Tags are {@code FAMILY/METRIC};
 * numbers that set others against chance are a family of their own. Steps are epochs. Beside the
 * variants' folders stand what is the run's: its settings and notes as texts, its images a strip a
 * row, and the columns of the table of settings in which each variant is a line.
 */
public final class TensorBoardRun implements RunFollower {
  private static final String LEFT_OUT =
      "Numbers that 32 bits cannot hold are left out of the event files for TensorBoard;"
          + " metrics.csv has them.";

  private static final String CHANCE = "chance";
  private static final String VARIANT = "variant";
  private static final String SEED = "seed";

  private final Path root;
  private final RunClock clock;
  private final Map<String, EventFile> files = new LinkedHashMap<>();
  private final Map<String, String> firstStages = new LinkedHashMap<>();
  private final Set<String> tags = new LinkedHashSet<>();
  private final Set<String> sessions = new LinkedHashSet<>();
  private final Set<String> leading = new LinkedHashSet<>(List.of(VARIANT, SEED));
  private boolean leftOutIsSaid;
  private RunRecord last;

  /**
   * @param root a folder, which is made if it does not exist
   * @param chosen the settings that somebody chose: with the variant and the seed they are the
   *     first columns of the table
   */
  public TensorBoardRun(Path root, RunClock clock, Set<String> chosen) {
    this.root = root;
    this.clock = clock;
    leading.addAll(chosen);
  }

  @Override
  public Optional<String> number(RunRecord.Row row, MetricInfo info) {
    if (row.value() == null) {
      return Optional.empty(); // a gap in the curve
    }
    String stage = firstStages.computeIfAbsent(row.variant(), v -> row.stage());
    String folder = row.stage().equals(stage) ? row.variant() : row.variant() + "/" + row.stage();
    String layer = row.layer().isEmpty() ? "" : "/" + row.layer();
    String family = info.calibrated() == null ? info.group().family() : CHANCE;
    String tag = family + "/" + row.metric();
    if (layer.isEmpty() && info.calibrated() == null) {
      tags.add(tag);
    }
    boolean taken = file(folder + layer).scalar(clock.now(), row.epoch(), tag, row.value());
    return taken ? Optional.empty() : Optional.of(leftOut(row, tag));
  }

  /** The first of them is named beside the run's settings. */
  private String leftOut(RunRecord.Row row, String tag) {
    if (!leftOutIsSaid) {
      leftOutIsSaid = true;
      String text = "%s of %s at step %s is %s. %s";
      file("")
          .text(
              clock.now(),
              "run/values left out",
              text.formatted(tag, row.variant(), row.epoch(), row.value(), LEFT_OUT));
    }
    return LEFT_OUT;
  }

  @Override
  public boolean wantsWeights() {
    return true;
  }

  /** How the values are spread, by the tensor's name in the network's or the adapter's file. */
  @Override
  public void weights(String variant, int epoch, String tensor, float[] values) {
    file(variant).histogram(clock.now(), epoch, "weights/" + tensor, values);
  }

  @Override
  public void written(RunRecord record, Path directory) {
    if (last == null) {
      file("").text(clock.now(), "run/settings", settings(record));
    }
    last = record;
    for (RunRecord.Variant variant : record.variants()) {
      if (sessions.add(variant.name())) {
        String name =
            "%s %s %s".formatted(variant.name(), directory.getFileName(), record.started());
        ProtoMessage start = HParams.start(record.started(), name, line(variant));
        file(variant.name()).plugin(clock.now(), HParams.SESSION_START, HParams.PLUGIN, start);
      }
    }
  }

  private Map<String, Object> line(RunRecord.Variant variant) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put(VARIANT, variant.name());
    line.put(SEED, last.seed());
    line.putAll(last.settings());
    return line;
  }

  private static String settings(RunRecord record) {
    return record.settings().entrySet().stream()
        .map(entry -> "| %s | %s |".formatted(entry.getKey(), entry.getValue()))
        .collect(
            Collectors.joining(
                "\n",
                "%s, seed %s\n\n| setting | value |\n|---|---|\n"
                    .formatted(record.recipe(), record.seed()),
                "\n"));
  }

  @Override
  public void close() {
    if (last != null) {
      writeEnd();
    }
    files.values().forEach(EventFile::close);
    files.clear();
  }

  private void writeEnd() {
    last.samples().stream()
        .collect(
            Collectors.groupingBy(RunRecord.Sample::row, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (row, samples) ->
                file("").image(clock.now(), 0, "samples/" + row, SampleStrip.of(samples)));
    if (!last.notes().isEmpty()) {
      file("").text(clock.now(), "run/notes", "* " + String.join("\n* ", last.notes()));
    }
    if (last.variants().isEmpty()) {
      return;
    }
    Map<String, Object> columns = line(last.variants().get(0));
    file("")
        .plugin(
            clock.now(),
            HParams.EXPERIMENT,
            HParams.PLUGIN,
            HParams.experiment(last.started(), columns, leading, tags));
    boolean complete = last.status() == RunRecord.Status.COMPLETE;
    for (String session : sessions) {
      file(session)
          .plugin(
              clock.now(), HParams.SESSION_END, HParams.PLUGIN, HParams.end(clock.now(), complete));
    }
  }

  private EventFile file(String folder) {
    return files.computeIfAbsent(folder, name -> EventFile.create(root.resolve(name), clock.now()));
  }
}

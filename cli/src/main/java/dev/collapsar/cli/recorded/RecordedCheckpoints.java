package dev.collapsar.cli.recorded;

import dev.collapsar.InvalidInputException;
import dev.collapsar.command.CollapseSettings;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.variant.StoredNetwork;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.recording.EpochFile;
import dev.collapsar.recording.Recording;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Checkpoints of a network by epoch, as options of a command. */
public final class RecordedCheckpoints implements EpochSource {
  private static final long SEED = 42;

  @Option(
      names = "--checkpoints",
      paramLabel = "GLOB",
      description = "networks by epoch: .pth or .safetensors, or TorchScript")
  private String checkpoints;

  @Option(
      names = "--data",
      paramLabel = "NAME|PATH",
      description = "the images that they are measured on ('collapsar data list')")
  private String data;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "where named images lie (default: bundled, or as fetched)")
  private Path directory;

  @Option(
      names = "--tap",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "NAME,...",
      description = "at these layers too (default: the representation alone)")
  private List<String> taps = List.of();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "of so many training images, the same for all (default: all)")
  private Integer samples;

  @Option(
      names = "--pixels",
      paramLabel = "WORD|MEAN/DEV",
      description = "how the network wants its pixels, where its card does not say")
  private String pixels;

  private final Set<String> said = new HashSet<>(); // by one tap, and true of the others too
  private CollapseSettings settings;
  private Progress progress;

  public boolean given() {
    return checkpoints != null;
  }

  @Override
  public String option() {
    return "--checkpoints";
  }

  @Override
  public String pattern() {
    return checkpoints;
  }

  @Override
  public void describe(Recording recording, CollapseSettings how, Progress shown) {
    settings = how;
    progress = shown;
    if (data == null) {
      throw new InvalidInputException(
          "--checkpoints %s: needs --data too, the images to measure them on"
              .formatted(checkpoints));
    }
    if (samples != null && samples < 1) {
      throw new InvalidInputException("--samples %s: must be 1 or more".formatted(samples));
    }
    recording.set("data", data);
    recording.set("samples", samples == null ? "all" : samples);
  }

  @Override
  public Measured measure(EpochFile file, String variant) {
    try (StoredNetwork stored = StoredNetwork.open(file.file(), settings.threads())) {
      List<RunRecord.Row> rows = new ArrayList<>();
      Map<String, MetricInfo> infos = new LinkedHashMap<>();
      long rowsRead = measure(stored, StoredNetwork.REPRESENTATION, "", file, variant, rows, infos);
      for (String tap : taps) {
        measure(stored, tap, tap, file, variant, rows, infos);
      }
      RunRecord.DataSet set =
          new RunRecord.DataSet(
              variant + "-epoch-" + file.epoch(),
              file.file().toString(),
              rowsRead,
              List.of(),
              Map.of(file.file().getFileName().toString(), file.sha256()));
      return new Measured(set, rows, infos.values());
    }
  }

  private long measure(
      StoredNetwork stored,
      String tap,
      String layer,
      EpochFile file,
      String variant,
      List<RunRecord.Row> rows,
      Map<String, MetricInfo> infos) {
    StoredNetwork.PlannedMeasurement planned =
        stored.plan(
            new StoredNetwork.MeasureRequest(
                tap,
                data,
                directory,
                Optional.ofNullable(pixels).map(RecordedCheckpoints::scale),
                samples == null ? Integer.MAX_VALUE : samples,
                SEED),
            progress);
    Stream.concat(
            planned.notes().stream(),
            planned.warnings().stream().map(line -> "warning: %s: %s".formatted(file.file(), line)))
        .filter(said::add)
        .forEach(progress::say);
    CollapseReport report = settings.applyTo(planned.collapse()).measure().requireNumber();
    List<Measurement> all = List.copyOf(report.metrics().values());
    rows.addAll(Measured.rows(variant, file.epoch(), layer, all));
    all.forEach(measurement -> infos.putIfAbsent(measurement.id(), measurement.info()));
    return report.samples();
  }

  private static PixelScale scale(String text) {
    return PixelScale.parse(text)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "--pixels %s: must be one of %s".formatted(text, PixelScale.ALLOWED)));
  }
}

package dev.collapsar.cli.recorded;

import dev.collapsar.command.CollapseSettings;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.recording.EpochFile;
import dev.collapsar.recording.Recording;
import dev.collapsar.run.RunRecord;
import java.util.Collection;
import java.util.List;

/** The source of what is measured of each epoch of a recording. */
public interface EpochSource {
  /** The option that names the files. */
  String option();

  /** The files, as given. */
  String pattern();

  /**
   * Notes in the recording how its numbers are made.
   *
   * @param settings how the metrics are taken
   * @param progress told how far measuring is, and what a network was taken for
   */
  void describe(Recording recording, CollapseSettings settings, Progress progress);

  /**
   * Measures a file.
   *
   * @throws dev.collapsar.InvalidInputException if it cannot be read or nothing can be measured
   */
  Measured measure(EpochFile file, String variant);

  /** What an epoch gave. */
  record Measured(RunRecord.DataSet data, List<RunRecord.Row> rows, Collection<MetricInfo> infos) {
    static List<RunRecord.Row> rows(
        String variant, int epoch, String layer, Collection<Measurement> measurements) {
      return measurements.stream()
          .map(measurement -> RunRecord.Row.of(variant, Recording.STAGE, epoch, layer, measurement))
          .toList();
    }
  }
}

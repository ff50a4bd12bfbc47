package dev.collapsar.learn.run;

import dev.collapsar.learn.network.Network;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.tensorboard.EventFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A run as TensorBoard shows it: a folder a variant, so that variants are curves of one chart, and
 * {@code samples} for the images. Tags are {@code STAGE/METRIC}, {@code STAGE/METRIC/LAYER} and
 * {@code STAGE/weights/TENSOR}; steps are epochs.
 */
final class TensorBoardListener implements AutoCloseable {
  private static final String SAMPLES = "samples";

  private final Path root;
  private final RunClock clock;
  private final Map<String, EventFile> files = new LinkedHashMap<>();

  TensorBoardListener(Path root, RunClock clock) {
    this.root = root;
    this.clock = clock;
  }

  /**
   * A curve's next point; an undefined number is a gap.
   *
   * @return whether it is not left out for being beyond single precision
   */
  boolean number(RunRecord.Row row) {
    if (row.value() == null) {
      return true;
    }
    String layer = row.layer().isEmpty() ? "" : "/" + row.layer();
    String tag = row.stage() + "/" + row.metric() + layer;
    return file(row.variant()).scalar(clock.now(), row.epoch(), tag, row.value());
  }

  /** The spread of every tensor that is trained. */
  void weights(String variant, String stage, int epoch, Network network) {
    network
        .weights()
        .readTrainable(
            (name, values) ->
                file(variant).histogram(clock.now(), epoch, stage + "/weights/" + name, values));
  }

  void image(int number, RunRecord.Sample sample) {
    String tag = "%s/%s %s".formatted(sample.row(), number, sample.label());
    file(SAMPLES).image(clock.now(), 0, tag, sample.png());
  }

  private EventFile file(String folder) {
    return files.computeIfAbsent(folder, name -> EventFile.create(root.resolve(name), clock.now()));
  }

  @Override
  public void close() {
    files.values().forEach(EventFile::close);
    files.clear();
  }
}

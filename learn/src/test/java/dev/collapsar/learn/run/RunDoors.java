package dev.collapsar.learn.run;

import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.metric.Metrics;
import dev.collapsar.run.EpochHistory;
import dev.collapsar.run.RunRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Lets tests of other packages read and write what a run goes on from. */
public final class RunDoors {
  /** What was measured before the first epoch. */
  public static final String HISTORY =
      new EpochHistory(
              List.of(new RunRecord.Row("full", "base", 0, "", "nc1_pinv", 0.5, null)),
              List.of(new RunRecord.Epoch("full", "base", 0, 1.5, 2)),
              List.of(Metrics.infos().get(0)))
          .toJson();

  private static final CheckpointSeal SEAL = new CheckpointSeal("a", "b", "base", "full");

  private RunDoors() {}

  /** A checkpoint of the first epoch, whole and our own. */
  public static Path checkpoint(Path file, Map<String, StoredTensor> tensors) {
    Map<String, String> said = Map.of("history", HISTORY, "ended", "false", "format", "1");
    SafeTensors.write(file, tensors, SEAL.metadata(1, tensors, said));
    return file;
  }

  /** Reads it as a run does that goes on. */
  public static void checkpoint(Path file) {
    SafeTensors saved = SafeTensors.read(file);
    SEAL.require(1, saved);
    EpochHistory.parse(saved.metadata().getOrDefault("history", ""));
  }

  /** Takes what was measured up, as if its checksum were right. */
  public static void history(String json) {
    EpochHistory.parse(json);
  }
}

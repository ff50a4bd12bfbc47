package dev.collapsar.mlflow;

import dev.collapsar.run.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * When each number of a run was measured, as its record tells: at the end of its epoch, and the
 * epochs follow one another from the run's start on. Pauses of a run that broke off do not count.
 */
final class EpochTimes {
  private record Epoch(String variant, String stage, int number) {}

  private final Map<Epoch, Instant> ends = new HashMap<>();
  private final Instant started;

  private EpochTimes(Instant started) {
    this.started = started;
  }

  static EpochTimes of(RunRecord record) {
    EpochTimes times = new EpochTimes(record.started());
    Instant last = record.started();
    for (RunRecord.Epoch epoch : record.epochs()) {
      double seconds = epoch.trainSeconds() + epoch.measureSeconds();
      last = last.plus(Duration.ofMillis(Math.round(seconds * 1e3)));
      times.ends.put(new Epoch(epoch.variant(), epoch.stage(), epoch.epoch()), last);
    }
    return times;
  }

  /** The run's start for what is of no epoch in the record. */
  Instant of(RunRecord.Row row) {
    return ends.getOrDefault(new Epoch(row.variant(), row.stage(), row.epoch()), started);
  }
}

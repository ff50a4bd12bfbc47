package dev.collapsar.learn.study;

import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.run.RunRecord;
import java.util.Optional;

/** Makes one run of a study: in this process or in one of its own. */
public interface RunMaker {
  /**
   * Makes it, from where it broke off if it did.
   *
   * @param engine of its settings, not yet run
   * @return how it ended; empty if it was stopped before it had begun
   * @throws RuntimeException if it failed; the message says why
   */
  Optional<RunRecord.Status> make(PlannedRun run, RunEngine engine);

  /** Stops whatever is being made, from any thread; what was made stays. */
  void stop();
}

package dev.collapsar.learn.variant;

import dev.collapsar.learn.run.CheckpointStore;
import dev.collapsar.learn.training.Trainer;

/**
 * Keeps what the training goes on from if the run breaks off, while the network's scores are
 * finite.
 *
 * @param epochs how many are trained in all
 */
record CheckpointListener(CheckpointStore checkpoints, Trainer trainer, int epochs)
    implements TrainingListener {
  @Override
  public void reported(EpochReport report) {
    boolean finite = report.tests().stream().allMatch(test -> test.score().isFinite());
    if (report.number() > 0 && finite) {
      checkpoints.save(report.number(), report.number() == epochs, trainer);
    }
  }
}

package dev.collapsar.learn.variant;

import dev.collapsar.learn.run.CheckpointStore;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.run.MetricSeries;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/**
 * Keeps what the best epoch of a training has made, beside the checkpoints, and brings it back when
 * the training is over.
 */
record KeptEpoch(
    RunContext run,
    VariantLog log,
    EpochChoice choice,
    CheckpointStore checkpoints,
    Trainer trainer)
    implements TrainingListener {

  private MetricSeries course() {
    return run.history()
        .variant(log.variant().name())
        .stage(log.variant().stage())
        .series(choice.metric().id(), "");
  }

  /** Has the epoch's numbers in the log already. */
  @Override
  public void reported(EpochReport report) {
    if (choice.best(course()).equals(OptionalInt.of(report.number()))) {
      checkpoints.saveBest(report.number(), trainer);
    }
  }

  /** Whether enough was trained after an epoch. */
  IntPredicate enough() {
    return epoch -> choice.isEnough(course(), epoch);
  }

  /**
   * Makes the network what it was after its best epoch, and says which that was.
   *
   * @param epochs that were to be trained
   * @return the epoch that the network is of
   */
  int restore(int epochs) {
    MetricSeries course = course();
    int last = course.rows().isEmpty() ? 0 : course.rows().get(course.rows().size() - 1).epoch();
    OptionalInt best = choice.best(course);
    if (best.isEmpty()) {
      if (last > 0) {
        run.note(
            "%s: epoch %s is kept, the last: %s has no value at any."
                .formatted(log.variant().name(), last, choice.metric().id()));
      }
      return last;
    }
    int epoch = best.getAsInt();
    run.note(
        String.format(
            Locale.ROOT,
            "%s: epoch %d is kept, the best by %s (%.4f); the last was %d%s.",
            log.variant().name(),
            epoch,
            choice.metric().id(),
            course.at(epoch).getAsDouble(),
            last,
            last < epochs
                ? " of %s, after %s without a better one".formatted(epochs, choice.patience())
                : ""));
    log.keep(epoch);
    if (epoch != last) {
      run.note(
          ("%s: the table of final values shows its last epoch; its files, its decisions"
                  + " and what is said of accuracies are of epoch %s.")
              .formatted(log.variant().name(), epoch));
      checkpoints.restoreBest(epoch, trainer);
    }
    return epoch;
  }
}

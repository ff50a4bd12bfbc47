package dev.collapsar.learn.variant;

import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingDiverged;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * Trains and measures a network epoch by epoch, and tells who listens.
 *
 * @param schedule after which epochs there is more to say than the training's own numbers; before
 *     the first step and after the last epoch there is in any case
 * @param scoresAll whether the test sets are scored after every epoch all the same
 */
record EpochLoop(
    RunContext run,
    Network network,
    Trainer trainer,
    EpochMeasurer measurer,
    TrainingListener listeners,
    IntPredicate schedule,
    boolean scoresAll) {

  /**
   * Goes on after epoch {@code done}.
   *
   * @param enough whether no more is to be trained after an epoch
   * @param passes pass {@code e} (from 1) is what epoch {@code e} sees
   * @return what the network makes of each test set at the end
   */
  List<Evaluation> run(
      int done, int epochs, IntPredicate enough, IntFunction<OrderedBatches> passes) {
    List<Evaluation> end = done == 0 ? report(0, Optional.empty(), 0, true) : List.of();
    for (int epoch = done + 1; epoch <= epochs && !enough.test(epoch - 1); epoch++) {
      end = train(epoch, passes.apply(epoch), epoch == epochs || schedule.test(epoch));
    }
    return end.isEmpty() ? scored(epochs) : end;
  }

  private List<Evaluation> train(int epoch, OrderedBatches pass, boolean whole) {
    long begun = run.clock().mark();
    Batches batches = run.resources().batches(network, pass);
    Score score = steps(epoch, batches, pass.count());
    double seconds = run.clock().secondsSince(begun);
    listeners.trained(epoch, seconds);
    return report(epoch, Optional.of(score), seconds, whole);
  }

  private Score steps(int epoch, Batches batches, int samples) {
    listeners.epochBegins(epoch, samples);
    try {
      return trainer.epoch(
          epoch,
          batches,
          (count, step) -> {
            listeners.stepped(count, step);
            run.throwIfStopped();
          });
    } catch (TrainingDiverged failure) {
      listeners.diverged(epoch, failure);
      throw failure;
    }
  }

  /**
   * @param whole or only what the training said itself
   */
  private List<Evaluation> report(
      int epoch, Optional<Score> training, double trainSeconds, boolean whole) {
    long begun = run.clock().mark();
    EpochMeasurer.EpochNumbers found;
    if (whole || scoresAll) {
      EpochMeasurer some = whole ? measurer : measurer.withoutProbe();
      listeners.measurementBegins(epoch, some.samples());
      found = some.measure(network, training, evaluated());
    } else {
      found =
          new EpochMeasurer.EpochNumbers(Map.of("", EpochMeasurer.ofTraining(training)), List.of());
    }
    double seconds = run.clock().secondsSince(begun);
    listeners.reported(
        new EpochReport(epoch, training, trainSeconds, found.numbers(), found.tests(), seconds));
    return found.tests();
  }

  /** What the network makes of each test set now. */
  List<Evaluation> scored(int epoch) {
    listeners.measurementBegins(epoch, measurer.testSamples());
    return measurer.score(network, evaluated());
  }

  private IntConsumer evaluated() {
    return samples -> {
      listeners.evaluated(samples);
      run.throwIfStopped();
    };
  }
}

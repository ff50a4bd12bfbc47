package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingDiverged;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.UpdateMetrics;
import dev.collapsar.linalg.Matrix;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * The learning rates of a sweep: one for all, or for each rank the one at which its update of the
 * head is as long as that of the head trained alone, by trainings that are not recorded.
 */
final class StepSizes {
  private final StartedBase base;
  private final RunContext run;
  private final SweepChoices chosen;
  private final IntFunction<OrderedBatches> passes;
  private OptionalDouble target = OptionalDouble.empty();

  StepSizes(
      StartedBase base, RunContext run, SweepChoices chosen, IntFunction<OrderedBatches> passes) {
    this.base = base;
    this.run = run;
    this.chosen = chosen;
    this.passes = passes;
  }

  double rate() {
    return chosen.training().rate(run.settings());
  }

  TrainingSpec spec(double rate) {
    return chosen
        .training()
        .over(run.settings(), chosen.epochs(), rate, chosen.training().weightDecay(run.settings()));
  }

  /** Takes how long the update of the head trained alone is; otherwise that is tried. */
  void setTarget(double length) {
    target = OptionalDouble.of(length);
  }

  /**
   * The rate at which an adapter's update is as long as that of the head trained alone, or the one
   * for all where that is not wanted or cannot be, which is noted.
   *
   * @param name of the variant
   * @param attach puts a new adapter on a copy of the base
   */
  double matched(String name, Function<Network, Adapter> attach) {
    if (!chosen.matched() || chosen.epochs() == 0) {
      return rate();
    }
    if (target.isEmpty()) {
      target = trial(network -> null, rate());
    }
    if (target.isEmpty() || target.getAsDouble() == 0) {
      run.note("Lengths of updates were not matched: the head alone does not move, or diverges.");
      return rate();
    }
    if (!reachesHead(attach)) {
      run.note(
          "%s: its update is not of the head, so that its length was not matched.".formatted(name));
      return rate();
    }
    StepMatch found = StepMatch.find(rate(), target.getAsDouble(), tried -> trial(attach, tried));
    run.note(found.sentence(name));
    return found.rate();
  }

  private boolean reachesHead(Function<Network, Adapter> attach) {
    try (Network adapted = base.network().copy()) {
      return attach.apply(adapted).layers().contains(adapted.head().name());
    }
  }

  /**
   * How long the head's update is after a training that is not recorded; empty if it diverges.
   *
   * @param attach gives null where the head is trained alone
   */
  private OptionalDouble trial(Function<Network, Adapter> attach, double rate) {
    try (Network adapted = base.network().copy()) {
      run.resources().take(adapted);
      Supplier<Matrix> movement = movement(adapted);
      adapted.weights().setTrainableOnly(adapted.head().name());
      Adapter adapter = attach.apply(adapted);
      adapted.setBatchNormDrift(chosen.drift());
      TrainingSpec spec =
          adapter == null
              ? spec(rate)
              : chosen.adapters().withLoraPlus(run.settings(), spec(rate), adapter);
      try (Trainer steps = new Trainer(adapted, spec);
          Progress.Bar bar = run.progress().bar("step sizes", chosen.epochs())) {
        for (int epoch = 1; epoch <= chosen.epochs(); epoch++) {
          steps.epoch(
              epoch,
              run.resources().batches(adapted, passes.apply(epoch)),
              (count, step) -> run.throwIfStopped());
          bar.advance(1, "");
        }
      }
      double length = UpdateMetrics.norm(movement.get());
      return Double.isFinite(length) ? OptionalDouble.of(length) : OptionalDouble.empty();
    } catch (TrainingDiverged tooFast) {
      return OptionalDouble.empty(); // a smaller rate may do
    }
  }

  /** What the head's weights have moved by from now on, (K,D). */
  static Supplier<Matrix> movement(Network network) {
    Matrix start = network.head().classifier().weights();
    return () -> network.head().classifier().weights().minus(start);
  }
}

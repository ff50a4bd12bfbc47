package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.learn.variant.FeatureSnapshot;
import dev.collapsar.learn.variant.UpdateMetrics;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The numbers of a variant of a rank sweep at every epoch: loss and accuracy on the images
 * measured, the collapse of their representation, and where the head's update points.
 */
final class SweepMetrics implements EpochMetrics {
  private final CollapseProbe probe;
  private final UpdateMetrics updates;
  private final Supplier<Matrix> update;
  private final double weightDecay;
  private boolean diverged;

  /**
   * Of one variant.
   *
   * @param update the head's update as it is now, (K,D)
   */
  SweepMetrics(
      CollapseProbe probe, UpdateMetrics updates, Supplier<Matrix> update, double weightDecay) {
    this.probe = probe;
    this.updates = updates;
    this.update = update;
    this.weightDecay = weightDecay;
  }

  /** Whether the last loss was not finite. */
  boolean diverged() {
    return diverged;
  }

  @Override
  public int samples() {
    return probe.samples();
  }

  @Override
  public Collection<Measurement> of(
      Network network, List<Evaluation> tests, IntConsumer evaluated) {
    CollapseProbe.Reading now = probe.read(network, evaluated);
    diverged = now.snapshot().isEmpty();
    if (diverged) {
      return CollapseProbe.diverged(Metrics.collapse());
    }
    FeatureSnapshot snapshot = now.snapshot().get();
    double loss = now.score().loss();
    List<Measurement> numbers = new ArrayList<>();
    numbers.add(Measurement.of(LearnMetrics.LOSS_TRAIN_END, loss));
    numbers.add(now.score().accuracyAs(LearnMetrics.ACCURACY_TRAIN_END));
    numbers.add(
        Measurement.of(
            LearnMetrics.LOSS_REGULARIZED,
            loss + weightDecay / 2 * network.weights().squaredNorm()));
    numbers.addAll(probe.measure(snapshot, network.head().classifier()));
    numbers.addAll(updates.of(update.get(), snapshot));
    return numbers;
  }
}

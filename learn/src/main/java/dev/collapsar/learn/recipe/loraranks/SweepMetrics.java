package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.learn.variant.FeatureSnapshot;
import dev.collapsar.learn.variant.UpdateMetrics;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What a rank sweep says of a variant at every epoch: loss and accuracy on the images measured, the
 * collapse of their representation, and where the head's update points.
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
      return CollapseProbe.diverged(EnumSet.allOf(MetricId.class));
    }
    FeatureSnapshot snapshot = now.snapshot().get();
    double loss = now.score().loss();
    List<Measurement> numbers = new ArrayList<>();
    numbers.add(Measurement.of("loss_train_end", loss));
    numbers.add(Measurement.of("accuracy_train_end", now.score().accuracy()));
    numbers.add(
        Measurement.of(
            "loss_regularized", loss + weightDecay / 2 * network.weights().squaredNorm()));
    numbers.addAll(probe.measure(snapshot, network.head().classifier()));
    numbers.addAll(updates.of(update.get(), snapshot));
    return numbers;
  }
}

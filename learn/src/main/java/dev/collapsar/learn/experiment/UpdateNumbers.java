package dev.collapsar.learn.experiment;

import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What a rank sweep says of a variant at every epoch: loss and accuracy on the images measured, the
 * collapse of their representation, and where the head's update points.
 */
final class UpdateNumbers implements FineTuning.Measure {
  private static final Set<CollapseMetric> OF_THE_CLASSIFIER = ofTheClassifier();

  private final Experiment experiment;
  private final Representations representations;
  private final UpdateGeometry geometry;
  private final Supplier<Matrix> update;
  private final double weightDecay;
  private boolean diverged;

  /**
   * @param update the head's update as it is now, (K,D)
   */
  UpdateNumbers(
      Experiment experiment,
      Representations representations,
      UpdateGeometry geometry,
      Supplier<Matrix> update,
      double weightDecay) {
    this.experiment = experiment;
    this.representations = representations;
    this.geometry = geometry;
    this.update = update;
    this.weightDecay = weightDecay;
  }

  /** Whether the last loss was not finite. */
  boolean diverged() {
    return diverged;
  }

  @Override
  public int samples() {
    return representations.samples();
  }

  @Override
  public Collection<Measurement> of(
      Network network, List<Evaluation> tests, IntConsumer evaluated) {
    Representations.Measured now = representations.of(network, evaluated);
    diverged = now.found() == null;
    if (diverged) {
      return Metrics.collapse().stream()
          .map(metric -> Measurement.undefined(metric.info(), FineTuning.DIVERGED))
          .toList();
    }
    Network.Classifier head = network.classifier();
    double loss = now.score().loss();
    double regularized = loss + weightDecay / 2 * network.squaredNorm();
    List<Measurement> numbers = new ArrayList<>();
    numbers.add(Measurement.of("loss_train_end", loss));
    numbers.add(Measurement.of("accuracy_train_end", now.score().accuracy()));
    numbers.add(Measurement.of("loss_regularized", regularized));
    numbers.addAll(now.found().measurements());
    numbers.addAll(
        experiment
            .computing()
            .measure(
                Collapse.of(now.found().features(), head.bias().length)
                    .withWeights(head.weights())
                    .withBias(head.bias()),
                OF_THE_CLASSIFIER));
    numbers.addAll(geometry.of(update.get(), now.found()));
    return numbers;
  }

  private static Set<CollapseMetric> ofTheClassifier() {
    Set<CollapseMetric> metrics = new LinkedHashSet<>(Metrics.collapse());
    metrics.removeIf(metric -> !metric.needsClassifier());
    return metrics;
  }
}

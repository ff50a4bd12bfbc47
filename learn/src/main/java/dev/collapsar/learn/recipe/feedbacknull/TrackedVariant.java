package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.Signals;
import dev.collapsar.learn.feedback.UsefulFraction;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The matrices that the teaching signals of one variant are compared with, at every epoch. A
 * network is compared with the same feedback matrices whatever it learns by; only direct feedback
 * learns by them.
 *
 * @param feedback empty where a checkpoint holds none
 * @param random other matrices, for comparison
 */
record TrackedVariant(
    OrderedBatches probe,
    Optional<FeedbackMatrices> feedback,
    FeedbackMatrices random,
    Runnable throwIfStopped)
    implements EpochMetrics {

  @Override
  public Collection<Measurement> of(
      Network network, List<Evaluation> tests, IntConsumer evaluated) {
    return tests.get(0).score().isFinite() ? measured(network) : undefined(network, Score.DIVERGED);
  }

  List<Measurement> measured(Network network) {
    AlignmentSums sums = Signals.alignment(network, probe, compared(), throwIfStopped);
    List<Measurement> all = new ArrayList<>(sums.measurements());
    all.addAll(UsefulFraction.of(network, probe, compared(), random));
    return all;
  }

  /** The matrices that the network's gradients are compared with. */
  FeedbackMatrices compared() {
    return feedback.orElse(random);
  }

  private List<Measurement> undefined(Network network, String reason) {
    List<Measurement> all = new ArrayList<>();
    AlignmentSums.none(FeedbackMatrices.widths(network, probe), probe.classes().size())
        .measurements()
        .forEach(m -> all.add(Measurement.undefined(m.info(), reason)));
    all.add(Measurement.undefined(LearnMetrics.USEFUL_FRACTION, reason));
    all.add(Measurement.undefined(LearnMetrics.USEFUL_FRACTION_RANDOM, reason));
    return all;
  }
}

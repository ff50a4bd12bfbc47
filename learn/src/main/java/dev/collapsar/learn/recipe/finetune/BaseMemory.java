package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.LearnMetrics;
import dev.collapsar.learn.training.TrainingDiverged;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.metric.Measurement;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * What a network still knows of its base's own task: the base's head, as it came, on the
 * representation as it is now.
 *
 * @param head of the base before it was renewed, for the classes of {@code test}
 */
record BaseMemory(Head.Classifier head, Pass test) implements EpochMetrics {
  @Override
  public Collection<Measurement> of(
      Network network, List<Evaluation> tests, IntConsumer evaluated) {
    Decisions decided = Decisions.of(network, head, test, evaluated);
    boolean finite = Arrays.stream(decided.sureness()).allMatch(Double::isFinite);
    return List.of(
        finite
            ? Measurement.of(LearnMetrics.ACCURACY_BASE, decided.share())
            : Measurement.undefined(LearnMetrics.ACCURACY_BASE, TrainingDiverged.REASON));
  }

  @Override
  public int samples() {
    return test.count();
  }
}

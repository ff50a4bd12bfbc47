package dev.collapsar.learn.recipe.finetune;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.variant.EpochMetrics;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The accuracy that a network keeps on its base's own task: the base's head, as it came, on the
 * representation as it is now.
 *
 * @param head of the base before it was renewed, for the classes of {@code test}
 * @param before what the base had right of these images as it came
 */
record BaseMemory(Head.Classifier head, OrderedBatches test, boolean[] before)
    implements EpochMetrics {
  private static final MetricInfo FORGOTTEN =
      LearnMetrics.ACCURACY_BASE.beside(
          "_forgotten",
          "forgotten",
          "Share of the base's own test images that it had right as it came and has wrong now.",
          Column.FORGOTTEN);

  /** Of a network that is still as it came. */
  static BaseMemory of(Network network, OrderedBatches test, IntConsumer evaluated) {
    Head.Classifier head = network.head().classifier();
    return new BaseMemory(head, test, right(Decisions.of(network, head, test, evaluated)));
  }

  private static boolean[] right(Decisions decided) {
    boolean[] right = new boolean[decided.labels().length];
    for (int i = 0; i < right.length; i++) {
      right[i] = decided.isRight(i);
    }
    return right;
  }

  @Override
  public Collection<Measurement> of(
      Network network, List<Evaluation> tests, IntConsumer evaluated) {
    Decisions decided = Decisions.of(network, head, test, evaluated);
    boolean finite = Arrays.stream(decided.sureness()).allMatch(Double::isFinite);
    return finite
        ? List.of(
            Measurement.of(LearnMetrics.ACCURACY_BASE, decided.share()),
            Measurement.of(FORGOTTEN, forgotten(right(decided))))
        : List.of(
            Measurement.undefined(LearnMetrics.ACCURACY_BASE, Score.DIVERGED),
            Measurement.undefined(FORGOTTEN, Score.DIVERGED));
  }

  private double forgotten(boolean[] now) {
    int forgotten = 0;
    for (int i = 0; i < now.length; i++) {
      forgotten += before[i] && !now[i] ? 1 : 0;
    }
    return (double) forgotten / now.length;
  }

  @Override
  public int samples() {
    return test.count();
  }
}

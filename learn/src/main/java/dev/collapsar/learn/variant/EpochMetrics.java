package dev.collapsar.learn.variant;

import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.network.Network;
import dev.collapsar.metric.Measurement;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A recipe's own metrics of a network, besides scores and collapse: a function of the network after
 * the epoch.
 */
public interface EpochMetrics {
  /**
   * Measures a network that has just been scored on the tests.
   *
   * @param tests in the trainer's order
   * @param evaluated to be told how many samples were just evaluated, if any are; may throw to stop
   */
  Collection<Measurement> of(Network network, List<Evaluation> tests, IntConsumer evaluated);

  /** The samples that are evaluated for it, at most. */
  default int samples() {
    return 0;
  }
}

package dev.collapsar.learn.variant;

import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.metric.Measurement;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One epoch of a variant, trained and measured.
 *
 * @param number from 0, before the first step
 * @param training what the steps themselves said; empty before the first
 * @param numbers by layer; empty for those of the network as a whole
 * @param tests what the network makes of each test set; none where only the training's own numbers
 *     are taken
 */
record EpochReport(
    int number,
    Optional<Score> training,
    double trainSeconds,
    Map<String, List<Measurement>> numbers,
    List<Evaluation> tests,
    double measureSeconds) {

  /** Whether more was measured than the training said itself. */
  boolean isMeasured() {
    return !tests.isEmpty();
  }
}

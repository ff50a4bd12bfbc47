package dev.collapsar.learn.variant;

import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunResources;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/** All that is measured of a variant after an epoch: scores, collapse, the recipe's own numbers. */
record EpochMeasurer(
    RunResources resources,
    List<TestSet> tests,
    List<EpochMetrics> metrics,
    Optional<CollapseProbe> probe,
    Loss loss) {

  /** All numbers of a network, by layer; empty for those of the network as a whole. */
  record EpochNumbers(Map<String, List<Measurement>> numbers, List<Evaluation> tests) {}

  /**
   * What the training said itself.
   *
   * @param training empty before the first step
   */
  static List<Measurement> ofTraining(Optional<Score> training) {
    if (training.isEmpty()) {
      String reason = "no training step was taken yet";
      return List.of(
          Measurement.undefined(LearnMetrics.LOSS_TRAIN, reason),
          Measurement.undefined(LearnMetrics.ACCURACY_TRAIN, reason));
    }
    Score score = training.get();
    return List.of(
        loss(LearnMetrics.LOSS_TRAIN, score), score.accuracyAs(LearnMetrics.ACCURACY_TRAIN));
  }

  /**
   * Everything.
   *
   * @param evaluated hears how many samples were just evaluated; may throw to stop
   */
  EpochNumbers measure(Network network, Optional<Score> training, IntConsumer evaluated) {
    List<Measurement> whole = new ArrayList<>(ofTraining(training));
    Map<String, List<Measurement>> numbers = new LinkedHashMap<>(Map.of("", whole));
    List<Evaluation> scored = score(network, evaluated);
    for (int i = 0; i < scored.size(); i++) {
      if (i == 0) {
        whole.add(loss(LearnMetrics.LOSS_TEST, scored.get(i).score()));
      }
      whole.add(scored.get(i).score().accuracyAs(tests.get(i).accuracy()));
    }
    probe.ifPresent(
        at ->
            at.measure(network, loss, withFeatures(scored), evaluated)
                .forEach(
                    (layer, found) ->
                        numbers.computeIfAbsent(layer, name -> new ArrayList<>()).addAll(found)));
    metrics.forEach(metric -> whole.addAll(metric.of(network, scored, evaluated)));
    return new EpochNumbers(numbers, scored);
  }

  /** The same without collapse. */
  EpochMeasurer withoutProbe() {
    return new EpochMeasurer(resources, tests, metrics, Optional.empty(), loss);
  }

  /** How many samples a measurement evaluates. */
  int samples() {
    return testSamples()
        + metrics.stream().mapToInt(EpochMetrics::samples).sum()
        + probe.map(CollapseProbe::samples).orElse(0);
  }

  int testSamples() {
    return tests.stream().mapToInt(test -> test.pass().count()).sum();
  }

  /** What the network makes of each test set. */
  List<Evaluation> score(Network network, IntConsumer evaluated) {
    return tests.stream().map(test -> score(test, network, evaluated)).toList();
  }

  private Evaluation score(TestSet test, Network network, IntConsumer evaluated) {
    Batches samples = resources.batches(network, test.pass());
    return probe.filter(at -> at.wantsFeaturesOf(test.pass())).isPresent()
        ? Evaluation.withFeatures(network, samples, loss, evaluated)
        : Evaluation.of(network, samples, loss, evaluated);
  }

  /** The one with the representation, or null. */
  static Evaluation withFeatures(List<Evaluation> scored) {
    return scored.stream().filter(e -> e.features() != null).findFirst().orElse(null);
  }

  private static Measurement loss(MetricInfo info, Score score) {
    return score.isFinite()
        ? Measurement.of(info, score.loss())
        : Measurement.undefined(info, Score.DIVERGED);
  }
}

package dev.collapsar.learn.experiment;

import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.FrozenGuard;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Score;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Trains one variant after another on a task with a clean and a shifted test set, measuring each
 * before its first step and after every epoch, and holds what is frozen to its word.
 *
 * @param metrics of the representation, with the effective weights of the head
 * @param representation the images whose representation is measured
 */
record FineTuning(
    Experiment experiment,
    Set<MetricId> metrics,
    Pass representation,
    Pass cleanTest,
    Pass shiftedTest) {

  /**
   * Trains every trainable parameter for some epochs; pass {@code e} (from 1) is what epoch {@code
   * e} sees.
   */
  void train(
      String variant,
      String stage,
      Network network,
      OptimizerSpec optimizer,
      int epochs,
      IntFunction<Pass> passes) {
    experiment.trains(variant, stage, network);
    FrozenGuard guard = new FrozenGuard(network);
    double unmeasured = 0;
    Evaluation[] tests = measure(variant, stage, 0, network, null, unmeasured);
    try (Trainer trainer = new Trainer(network, optimizer)) {
      for (int epoch = 1; epoch <= epochs; epoch++) {
        Pass pass = passes.apply(epoch);
        long begun = experiment.clock().mark();
        Score score;
        String task = "%s epoch %d/%d".formatted(variant, epoch, epochs);
        try (Progress.Bar bar = experiment.progress().bar(task, pass.order().length)) {
          score = trainer.epoch(pass, experiment.watching(bar));
        }
        double seconds = experiment.clock().secondsSince(begun);
        List<String> moved = guard.moved();
        if (!moved.isEmpty()) {
          throw new IllegalStateException(
              "frozen tensors of %s moved in epoch %d: %s".formatted(variant, epoch, moved));
        }
        tests = measure(variant, stage, epoch, network, score, seconds);
      }
    }
    List<String> classes = cleanTest.images().classes();
    String[] names = {"clean test", "shifted test"};
    for (int i = 0; i < tests.length; i++) {
      experiment.classified(
          ClassificationReport.of(
              variant, names[i], classes, tests[i].labels(), tests[i].predicted()));
    }
  }

  /**
   * Everything that is said of one epoch; {@code training} is null before the first step. Returns
   * clean and shifted tests.
   */
  private Evaluation[] measure(
      String variant,
      String stage,
      int epoch,
      Network network,
      Score training,
      double trainSeconds) {
    long begun = experiment.clock().mark();
    List<Measurement> numbers = new ArrayList<>();
    if (training == null) {
      String reason = "no training step was taken yet";
      numbers.add(Measurement.undefined("loss_train", reason));
      numbers.add(Measurement.undefined("accuracy_train", reason));
    } else {
      numbers.add(Measurement.of("loss_train", training.loss()));
      numbers.add(Measurement.of("accuracy_train", training.accuracy()));
    }
    Evaluation clean = Evaluation.of(network, cleanTest, experiment::checkpoint);
    Evaluation shifted = Evaluation.of(network, shiftedTest, experiment::checkpoint);
    numbers.add(Measurement.of("loss_test", clean.score().loss()));
    numbers.add(Measurement.of("accuracy_test", clean.score().accuracy()));
    numbers.add(Measurement.of("accuracy_shifted", shifted.score().accuracy()));
    numbers.addAll(collapse(network));
    experiment.measured(variant, stage, epoch, "", numbers);
    double seconds = experiment.clock().secondsSince(begun);
    experiment.finished(variant, stage, epoch, trainSeconds, seconds);
    experiment
        .progress()
        .say(
            String.format(
                Locale.ROOT,
                "%-9s epoch %d  %sclean %.4f  shifted %.4f  %.1fs",
                variant,
                epoch,
                training == null
                    ? ""
                    : String.format(
                        Locale.ROOT,
                        "loss %.4f  train %.4f  ",
                        training.loss(),
                        training.accuracy()),
                clean.score().accuracy(),
                shifted.score().accuracy(),
                trainSeconds + seconds));
    return new Evaluation[] {clean, shifted};
  }

  private Collection<Measurement> collapse(Network network) {
    Evaluation evaluation =
        Evaluation.withFeatures(network, representation, experiment::checkpoint);
    Network.Classifier head = network.classifier();
    return Collapse.of(evaluation.features(), representation.images().classes().size())
        .withWeights(head.weights())
        .withBias(head.bias())
        .withOptions(CollapseOptions.defaults().withThreads(experiment.options().threads()))
        .measure(metrics)
        .metrics()
        .values();
  }
}

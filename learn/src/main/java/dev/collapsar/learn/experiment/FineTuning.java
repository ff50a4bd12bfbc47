package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.FrozenGuard;
import dev.collapsar.learn.training.Loss;
import dev.collapsar.learn.training.Score;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingDiverged;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.Measurement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * Trains one variant after another, measuring each before its first step and after every epoch, and
 * holds what is frozen to its word.
 *
 * @param tests the test sets, at least one; the first also gives {@code loss_test}
 * @param measures what else is said of an epoch: errors by class and the like
 * @param geometry the collapse of the network, or null
 * @param further what else is said of the representation that the geometry is of
 * @param schedule after which epochs there is more to say than the training's own numbers; before
 *     the first step and after the last epoch there is in any case
 */
record FineTuning(
    Experiment experiment,
    List<TestSet> tests,
    List<Measure> measures,
    Geometry geometry,
    List<Geometry.Further> further,
    IntPredicate schedule) {
  static final String DIVERGED = "the loss is not finite: the training diverged";

  /** Measures every epoch. */
  FineTuning(Experiment experiment, List<TestSet> tests, List<Measure> measures) {
    this(experiment, tests, measures, null, List.of(), epoch -> true);
  }

  FineTuning withGeometry(Geometry other, List<Geometry.Further> numbers) {
    return new FineTuning(experiment, tests, measures, other, numbers, schedule);
  }

  /** With what is measured at taps alone, if there are any. */
  FineTuning withTaps(Optional<Geometry> taps) {
    return taps.map(at -> withGeometry(at, List.of())).orElse(this);
  }

  FineTuning withMeasures(List<Measure> others) {
    return new FineTuning(experiment, tests, others, geometry, further, schedule);
  }

  FineTuning withSchedule(IntPredicate other) {
    return new FineTuning(experiment, tests, measures, geometry, further, other);
  }

  /**
   * Images that every epoch is scored on.
   *
   * @param name for people, such as {@code shifted test}
   * @param accuracyId the metric's id, such as {@code accuracy_shifted}
   */
  record TestSet(String name, String accuracyId, Pass pass) {}

  /** Further numbers of a network, which has just been scored on the tests (in their order). */
  interface Measure {
    /**
     * @param evaluated to be told how many samples were just evaluated, if any are
     */
    Collection<Measurement> of(Network network, List<Evaluation> tests, IntConsumer evaluated);

    /** The samples that are evaluated for it, at most. */
    default int samples() {
      return 0;
    }
  }

  /**
   * Trains every trainable parameter for some epochs; pass {@code e} (from 1) is what epoch {@code
   * e} sees.
   *
   * @return what the network makes of each test set at the end
   */
  List<Evaluation> train(
      String variant,
      String stage,
      Network network,
      TrainingSpec training,
      int epochs,
      IntFunction<Pass> passes) {
    TorchRuntime.setThreads(experiment.options().threads(), network.hasConvolutions());
    network.to(TorchRuntime.device(experiment.options().device()));
    experiment.trains(variant, stage, network);
    TrainingCheckpoints checkpoints = experiment.checkpoints(variant, stage);
    if (epochs > 0 && network.weights().trainableCount() < network.weights().parameterCount()) {
      sayWhatIsComputedOnce(network, passes.apply(1));
    }
    FrozenGuard guard = new FrozenGuard(network);
    TrainingWatch watch = new TrainingWatch(experiment, variant, epochs, schedule);
    Loss loss = training.rule().loss();
    List<Evaluation> scored = List.of();
    try (Trainer trainer = new Trainer(network, training)) {
      int done = checkpoints.restore(trainer);
      if (done == 0) {
        scored = measure(watch, new Epoch(variant, stage, 0, null, 0), network, loss, true);
      } else {
        experiment.progress().say("%-9s goes on after epoch %d".formatted(variant, done));
      }
      for (int next = done + 1; next <= epochs; next++) {
        int e = next;
        Pass pass = passes.apply(e);
        long begun = experiment.clock().mark();
        Batches batches = experiment.computing().batches(network, pass);
        Score score;
        try {
          score = watch.training(e, pass.count(), steps -> trainer.epoch(e, batches, steps));
        } catch (TrainingDiverged d) {
          throw new InvalidInputException(
              "training %s diverged in epoch %d: %s; try a smaller learning rate"
                  .formatted(variant, e, d.getMessage()),
              d);
        }
        double seconds = experiment.clock().secondsSince(begun);
        watch.trained(seconds);
        List<String> moved = guard.moved();
        if (!moved.isEmpty()) {
          throw new IllegalStateException(
              "frozen tensors of %s moved in epoch %d: %s".formatted(variant, e, moved));
        }
        boolean whole = e == epochs || schedule.test(e);
        Epoch trained = new Epoch(variant, stage, e, score, seconds);
        List<Evaluation> now = measure(watch, trained, network, loss, whole);
        scored = whole ? now : scored;
        if (now.stream().allMatch(evaluation -> evaluation.score().isFinite())) {
          checkpoints.save(e, e == epochs, trainer);
        }
      }
    }
    if (scored.isEmpty()) {
      scored =
          watch.measuring(
              epochs,
              tests.stream().mapToInt(test -> test.pass.count()).sum(),
              evaluated ->
                  tests.stream().map(test -> score(test, network, loss, evaluated)).toList());
    }
    for (int i = 0; i < tests.size(); i++) {
      List<String> classes = tests.get(i).pass.classes();
      Evaluation end = scored.get(i);
      experiment.classified(
          ClassificationReport.of(
              variant, tests.get(i).name, classes, end.labels(), end.predicted()));
    }
    return scored;
  }

  private void sayWhatIsComputedOnce(Network network, Pass pass) {
    experiment.note(
        experiment
            .computing()
            .features()
            .obstacle(network, pass)
            .map(
                reason ->
                    "Frozen layers were evaluated anew for every training batch: %s."
                        .formatted(reason))
            .orElseGet(
                () ->
                    "What is frozen before %s was evaluated once for each set of images."
                        .formatted(network.firstMoving())));
  }

  /** An epoch that was trained; {@code training} is null before the first step. */
  private record Epoch(
      String variant, String stage, int number, Score training, double trainSeconds) {}

  /**
   * @param whole or only what the training said itself
   */
  private List<Evaluation> measure(
      TrainingWatch watch, Epoch epoch, Network network, Loss loss, boolean whole) {
    long begun = experiment.clock().mark();
    List<Measurement> numbers = new ArrayList<>();
    if (epoch.training == null) {
      String reason = "no training step was taken yet";
      numbers.add(Measurement.undefined("loss_train", reason));
      numbers.add(Measurement.undefined("accuracy_train", reason));
    } else {
      numbers.add(loss("loss_train", epoch.training));
      numbers.add(Measurement.of("accuracy_train", epoch.training.accuracy()));
    }
    Map<String, List<Measurement>> byLayer = new LinkedHashMap<>(Map.of("", numbers));
    List<Evaluation> scored =
        whole
            ? watch.measuring(
                epoch.number, samples(), evaluated -> whole(network, loss, byLayer, evaluated))
            : List.of();
    byLayer.forEach(
        (layer, found) ->
            experiment.measured(epoch.variant, epoch.stage, epoch.number, layer, found));
    experiment.watches(epoch.variant, epoch.stage, epoch.number, network);
    double seconds = experiment.clock().secondsSince(begun);
    if (whole) {
      watch.measured(seconds);
    }
    experiment.finished(epoch.variant, epoch.stage, epoch.number, epoch.trainSeconds, seconds);
    String end = watch.afterEpoch(epoch.number);
    experiment.progress().say(line(epoch, scored, epoch.trainSeconds + seconds) + end);
    return scored;
  }

  /** All numbers of a network, by layer; empty for those of the network as a whole. */
  private List<Evaluation> whole(
      Network network, Loss loss, Map<String, List<Measurement>> byLayer, IntConsumer evaluated) {
    List<Measurement> numbers = byLayer.get("");
    List<Evaluation> scored = new ArrayList<>();
    for (TestSet test : tests) {
      Evaluation evaluation = score(test, network, loss, evaluated);
      if (scored.isEmpty()) {
        numbers.add(loss("loss_test", evaluation.score()));
      }
      numbers.add(Measurement.of(test.accuracyId, evaluation.score().accuracy()));
      scored.add(evaluation);
    }
    if (geometry != null) {
      geometry
          .of(network, loss, withFeatures(scored), further, evaluated)
          .forEach(
              (layer, found) ->
                  byLayer.computeIfAbsent(layer, name -> new ArrayList<>()).addAll(found));
    }
    measures.forEach(measure -> numbers.addAll(measure.of(network, scored, evaluated)));
    return scored;
  }

  /** How many samples a measurement evaluates. */
  private int samples() {
    return tests.stream().mapToInt(test -> test.pass.count()).sum()
        + measures.stream().mapToInt(Measure::samples).sum()
        + (geometry == null ? 0 : geometry.samples());
  }

  private Evaluation score(TestSet test, Network network, Loss loss, IntConsumer evaluated) {
    Batches samples = experiment.computing().batches(network, test.pass);
    return geometry != null && geometry.wantsFeaturesOf(test.pass)
        ? Evaluation.withFeatures(network, samples, loss, evaluated)
        : Evaluation.of(network, samples, loss, evaluated);
  }

  /** The one with the representation, or null. */
  private static Evaluation withFeatures(List<Evaluation> scored) {
    return scored.stream().filter(e -> e.features() != null).findFirst().orElse(null);
  }

  private static Measurement loss(String id, Score score) {
    return score.isFinite()
        ? Measurement.of(id, score.loss())
        : Measurement.undefined(id, DIVERGED);
  }

  private String line(Epoch epoch, List<Evaluation> scored, double seconds) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%-9s epoch %-2d", epoch.variant, epoch.number));
    if (epoch.training != null) {
      line.append(
          String.format(
              Locale.ROOT,
              "  loss %.4f  train %.4f",
              epoch.training.loss(),
              epoch.training.accuracy()));
    }
    for (int i = 0; i < scored.size(); i++) {
      line.append(
          String.format(
              Locale.ROOT, "  %s %.4f", tests.get(i).name, scored.get(i).score().accuracy()));
    }
    return line.append(String.format(Locale.ROOT, "  %.1fs", seconds)).toString();
  }
}

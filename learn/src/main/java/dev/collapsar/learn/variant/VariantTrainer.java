package dev.collapsar.learn.variant;

import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evidence.AdaptationEvidence;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.PairedDecisions;
import dev.collapsar.learn.evidence.WeightUpdates;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.CheckpointStore;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.weight.FrozenGuard;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * Trains one variant after another, measuring each before its first step and after every epoch, and
 * holds what is frozen to its word.
 *
 * @param tests the test sets, at least one; the first also gives {@code loss_test}
 * @param metrics what else is said of an epoch: errors by class and the like
 * @param probe the collapse of the network, if it is measured
 * @param evidence what stands beside that collapse after the last epoch, if anything
 * @param adaptation likewise of what adapting did, for the variants that this trainer and its
 *     copies train
 * @param decisions what variants decide of the same tests, for those that this trainer and its
 *     copies train
 * @param schedule after which epochs there is more to say than the training's own numbers; before
 *     the first step and after the last epoch there is in any case
 * @param choice which epoch is kept; empty for the last
 */
public record VariantTrainer(
    RunContext run,
    List<TestSet> tests,
    List<EpochMetrics> metrics,
    Optional<CollapseProbe> probe,
    Optional<CollapseEvidence> evidence,
    AdaptationEvidence adaptation,
    PairedDecisions decisions,
    IntPredicate schedule,
    Optional<EpochChoice> choice) {

  /** Scores every epoch, and measures no more. */
  public VariantTrainer(RunContext run, List<TestSet> tests) {
    this(
        run,
        tests,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        AdaptationEvidence.ofAll(),
        PairedDecisions.sinceTheBase(),
        epoch -> true,
        Optional.empty());
  }

  public VariantTrainer withProbe(CollapseProbe other) {
    return withProbe(Optional.of(other));
  }

  public VariantTrainer withProbe(Optional<CollapseProbe> other) {
    return new VariantTrainer(
        run, tests, metrics, other, evidence, adaptation, decisions, schedule, choice);
  }

  public VariantTrainer withMetrics(EpochMetrics... others) {
    return new VariantTrainer(
        run, tests, List.of(others), probe, evidence, adaptation, decisions, schedule, choice);
  }

  /** With this beside the collapse after the last epoch. */
  public VariantTrainer withEvidence(CollapseEvidence other) {
    return new VariantTrainer(
        run, tests, metrics, probe, Optional.of(other), adaptation, decisions, schedule, choice);
  }

  /** With what is said of adaptations. */
  public VariantTrainer withAdaptation(AdaptationEvidence other) {
    return new VariantTrainer(
        run, tests, metrics, probe, evidence, other, decisions, schedule, choice);
  }

  /** With decisions that are compared with those of other variants than before. */
  public VariantTrainer withDecisions(PairedDecisions other) {
    return new VariantTrainer(
        run, tests, metrics, probe, evidence, adaptation, other, schedule, choice);
  }

  public VariantTrainer withSchedule(IntPredicate other) {
    return new VariantTrainer(
        run, tests, metrics, probe, evidence, adaptation, decisions, other, choice);
  }

  /** The same, which keeps the best epoch. */
  public VariantTrainer withChoice(EpochChoice other) {
    return new VariantTrainer(
        run, tests, metrics, probe, evidence, adaptation, decisions, schedule, Optional.of(other));
  }

  /**
   * Trains every trainable parameter for some epochs, from where the variant's checkpoints left
   * off; pass {@code e} (from 1) is what epoch {@code e} sees.
   *
   * @return what the network, that of the epoch which is kept, makes of each test set at the end
   */
  public List<Evaluation> train(
      VariantLog log,
      Network network,
      TrainingSpec training,
      int epochs,
      IntFunction<OrderedBatches> passes) {
    run.resources().take(network);
    network.drawFrom(seedOf(log).under("draws/" + log.variant().name()));
    CheckpointStore checkpoints = log.checkpoints();
    if (epochs > 0 && network.weights().trainableCount() < network.weights().parameterCount()) {
      sayWhatIsComputedOnce(network, passes.apply(1));
    }
    FrozenGuard guard = new FrozenGuard(network.weights());
    Optional<WeightUpdates> updates =
        adapts(log) ? Optional.of(new WeightUpdates(network)) : Optional.empty();
    EpochMeasurer measurer =
        new EpochMeasurer(run.resources(), tests, metrics, probe, training.rule().loss());
    try (Trainer trainer = new Trainer(network, training)) {
      Optional<KeptEpoch> kept =
          choice.map(chosen -> new KeptEpoch(run, log, chosen, checkpoints, trainer));
      List<TrainingListener> all = new ArrayList<>(listeners(log, network, guard, epochs));
      kept.ifPresent(all::add);
      // The last: a checkpoint keeps what the log holds by then.
      all.add(new CheckpointListener(checkpoints, trainer, epochs));
      try (TrainingListener listeners = new TrainingListeners(all)) {
        int done = checkpoints.restore(trainer, epochs);
        if (done > 0) {
          run.progress().say("%-9s goes on after epoch %s".formatted(log.variant().name(), done));
        }
        EpochLoop loop =
            new EpochLoop(run, network, trainer, measurer, listeners, schedule, kept.isPresent());
        IntPredicate enough = kept.map(KeptEpoch::enough).orElse(epoch -> false);
        List<Evaluation> last = loop.run(done, epochs, enough, passes);
        int epoch = kept.map(best -> best.restore(epochs)).orElse(epochs);
        List<Evaluation> end = kept.isPresent() ? loop.scored(epoch) : last;
        recordDecisions(log, end);
        recordEvidence(
            log,
            network,
            epoch,
            end,
            updates,
            new AdaptationEvidence.Learned(training, epochs, passes));
        return end;
      }
    }
  }

  private List<TrainingListener> listeners(
      VariantLog log, Network network, FrozenGuard guard, int epochs) {
    String variant = log.variant().name();
    return List.of(
        new DivergenceListener(variant),
        new FrozenListener(variant, guard),
        new LogListener(log, network),
        new ProgressListener(run, variant, tests, new TrainingPace(variant, epochs, schedule)));
  }

  /** Whether the variant goes on from a network that was trained before. */
  private static boolean adapts(VariantLog log) {
    return switch (log.variant().kind()) {
      case FULL, HEAD, ADAPTER -> true;
      case BASE, STORED -> false;
    };
  }

  /** After the training and its checkpoints: a training that goes on has it at its own end. */
  private void recordEvidence(
      VariantLog log,
      Network network,
      int epoch,
      List<Evaluation> end,
      Optional<WeightUpdates> updates,
      AdaptationEvidence.Learned how) {
    Map<MetricInfo, Evaluation> decided = new LinkedHashMap<>();
    for (int i = 0; i < tests.size(); i++) {
      decided.put(tests.get(i).accuracy(), end.get(i));
    }
    decisions.record(log, epoch, decided);
    boolean finite = end.stream().allMatch(test -> test.score().isFinite());
    Optional<EndEvidence> beside =
        evidence
            .filter(any -> finite)
            .map(any -> new EndEvidence(run, log, network, epoch, any, adaptation));
    if (probe.isPresent() && beside.isPresent()) {
      beside.get().ofFeatures(probe.get(), tests, end, updates, how);
    }
    updates.ifPresent(
        from -> {
          log.record(epoch, "", from.drift(network));
          beside.ifPresent(of -> of.ofWeights(from));
        });
  }

  private void recordDecisions(VariantLog log, List<Evaluation> end) {
    for (int i = 0; i < tests.size(); i++) {
      TestSet test = tests.get(i);
      if (!end.get(i).score().isFinite()) {
        continue; // outputs that are no numbers decide nothing
      }
      log.recordClassification(
          ClassificationReport.of(
              log.variant().name(),
              test.name(),
              test.pass().classes(),
              end.get(i).labels(),
              end.get(i).predicted()));
    }
  }

  private Seed seedOf(VariantLog log) {
    return adapts(log) ? run.adaptSeed() : run.seed();
  }

  private void sayWhatIsComputedOnce(Network network, OrderedBatches pass) {
    run.note(
        run.resources()
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
}

package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.FeedbackNulls;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.feedback.Signals;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Sets the alignment of each variant of {@link FeedbackNull} against every kind of chance. */
final class AlignmentCalibration {
  /** In which networks are trained, and their alignment recorded. */
  static final String STAGE = "train";

  private static final String NO_FEEDBACK =
      "the checkpoint holds no feedback matrices (Bs): calibrated against fresh ones only";

  private final RunContext run;
  private final NetworkCard card;
  private final OrderedBatches probe;
  private final int draws;
  private final int networks;
  private final List<CalibratedVariant> calibrated = new ArrayList<>();

  AlignmentCalibration(
      RunContext run, NetworkCard card, OrderedBatches probe, int draws, int networks) {
    this.run = run;
    this.card = card;
    this.probe = probe;
    this.draws = draws;
    this.networks = networks;
  }

  /** What is followed of a variant, with these matrices or none of its own. */
  TrackedVariant track(Optional<FeedbackMatrices> feedback, FeedbackMatrices random) {
    return new TrackedVariant(probe, feedback, random, run::throwIfStopped);
  }

  /** Sets what is observed after the last epoch against every null. */
  void calibrate(
      VariantLog log,
      TrackedVariant tracked,
      int epoch,
      Network network,
      Optional<Double> accuracy) {
    List<Row> before = recorded(log, epoch);
    if (before.stream().anyMatch(row -> row.value() == null)) {
      run.note("%s has no null: %s.".formatted(log.variant().name(), Score.DIVERGED));
      return;
    }
    try (Signals signals = Signals.of(network, probe, run::throwIfStopped)) {
      FeedbackMatrices compared = tracked.compared();
      FeedbackNulls nulls =
          new FeedbackNulls(signals, compared.pairing(), draws, run::throwIfStopped);
      AlignmentSums observed = signals.alignment(compared);
      NullDraws fresh = nulls.fresh();
      if (tracked.feedback().isEmpty()) {
        recordWithoutFeedback(log, epoch, observed, fresh, compared.pairing());
        return;
      }
      if (before.isEmpty()) {
        log.record(epoch, "", tracked.measured(network));
      }
      List<NullDraws> others = others(log.variant().name(), nulls, network, compared);
      List<NullDraws> all = new ArrayList<>(List.of(fresh));
      all.addAll(others);
      CalibratedVariant variant =
          new CalibratedVariant(
              log.variant().name(), accuracy, observed, all, original(signals, compared));
      record(log, epoch, variant, others, compared.pairing());
      all.forEach(kind -> keep(log, kind));
      calibrated.add(variant);
      say(variant);
    }
  }

  /** Every draw of a null, (draws, states), and the seed that it is drawn from. */
  private void keep(VariantLog log, NullDraws kind) {
    int states = kind.cosines().isEmpty() ? 0 : kind.cosines().get(0).length;
    if (states > 0) {
      double[] flat = kind.cosines().stream().flatMapToDouble(Arrays::stream).toArray();
      log.saveDraws(
          kind.stage(),
          List.of(
              Named.of("seed", run.seed().value()),
              Named.of(LearnMetrics.FEEDBACK_COS.id(), flat, kind.cosines().size(), states)));
    }
  }

  /** Whether the alignment after this epoch stands in the record already. */
  private List<Row> recorded(VariantLog log, int epoch) {
    return run
        .history()
        .variant(log.variant().name())
        .stage(log.variant().stage())
        .series(LearnMetrics.ACTIVATION_NORM.ofLayer(0).id(), "")
        .rows()
        .stream()
        .filter(row -> row.epoch() == epoch)
        .toList();
  }

  private List<NullDraws> others(
      String variant, FeedbackNulls nulls, Network network, FeedbackMatrices compared) {
    Seed seed = run.seed();
    List<Supplier<NullDraws>> others =
        List.of(
            () -> nulls.rotated(compared, seed),
            () -> nulls.errorShuffled(compared, seed),
            () -> nulls.matricesPermuted(compared, seed),
            () -> nulls.labelsPermuted(network, probe, compared, seed),
            () ->
                FeedbackNulls.untrained(
                    initial -> NetworkFile.initialized(card, initial),
                    probe,
                    compared,
                    networks,
                    seed,
                    run::throwIfStopped));
    List<NullDraws> drawn = new ArrayList<>();
    try (Progress.Bar bar = run.progress().bar(variant + " nulls", others.size())) {
      for (Supplier<NullDraws> next : others) {
        drawn.add(next.get());
        bar.advance(1, drawn.get(drawn.size() - 1).name());
      }
    }
    return drawn;
  }

  /** The script's rule, where its single width and its pairing can be had. */
  private Optional<OriginalRule> original(Signals signals, FeedbackMatrices compared) {
    Pairing scripts = Pairing.Rule.BLOCK_INPUT.of(signals.states());
    if (signals.states() < 2 || compared.pairing().count() != scripts.count()) {
      return Optional.empty();
    }
    FeedbackMatrices under = compared.under(scripts);
    NullDraws fresh = new FeedbackNulls(signals, scripts, draws, run::throwIfStopped).fresh();
    return Optional.of(OriginalRule.of(signals.alignment(under), fresh));
  }

  /** The fresh null last: it is the one that stands beside the metric in its own stage. */
  private static void record(
      VariantLog log,
      int epoch,
      CalibratedVariant variant,
      List<NullDraws> others,
      Pairing pairing) {
    for (NullDraws kind : others) {
      log.inStage(kind.stage()).record(epoch, "", kind.measurements(variant.observed()));
    }
    NullDraws fresh = variant.nulls().get(0);
    List<Measurement> rows = new ArrayList<>(fresh.measurements(variant.observed()));
    rows.addAll(variant.observed().analyticStds(pairing));
    variant
        .original()
        .ifPresent(
            original ->
                rows.add(
                    Measurement.of(
                        LearnMetrics.FEEDBACK_COS_DEEP_ORIGINAL,
                        original.deepMean(),
                        "by the original rule: matrix min(l, L-1) for h_l")));
    log.record(epoch, "", rows);
  }

  private void recordWithoutFeedback(
      VariantLog log, int epoch, AlignmentSums observed, NullDraws fresh, Pairing pairing) {
    List<Measurement> rows = new ArrayList<>(observed.withoutFeedback(NO_FEEDBACK));
    rows.addAll(fresh.withoutObserved(observed, NO_FEEDBACK));
    rows.addAll(observed.analyticStds(pairing));
    log.record(epoch, "", rows);
    run.note("C" + NO_FEEDBACK.substring("the c".length()) + ".");
    run.progress().say(NO_FEEDBACK);
  }

  private void say(CalibratedVariant variant) {
    NullDraws fresh = variant.nulls().get(0);
    fresh
        .deepCalibration(variant.observed())
        .ifPresent(
            c ->
                run.progress()
                    .say(
                        String.format(
                            Locale.ROOT,
                            "%s  deep cosine %+.4f, %s %+.4f ± %.4f%s, p %.3g",
                            variant.name(),
                            c.observed(),
                            fresh.name(),
                            c.chance().mean(),
                            c.chance().sampleStd(),
                            c.hasSpread() ? String.format(Locale.ROOT, ", z %.1f", c.z()) : "",
                            c.p())));
    variant
        .original()
        .ifPresent(
            original ->
                run.progress()
                    .say(
                        "%s  the original rule, which cannot fail: %s"
                            .formatted(variant.name(), String.join("; ", original.summary()))));
  }

  /** Leaves its charts and tables in the report. */
  void show() {
    if (!calibrated.isEmpty()) {
      new FeedbackReportItems(calibrated, run.history().stage(STAGE)).all().forEach(run::add);
    }
  }
}

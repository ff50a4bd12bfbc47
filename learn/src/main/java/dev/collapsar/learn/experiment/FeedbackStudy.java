package dev.collapsar.learn.experiment;

import dev.collapsar.learn.feedback.AlignmentAccumulator;
import dev.collapsar.learn.feedback.AlignmentSums;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.FeedbackNulls;
import dev.collapsar.learn.feedback.NullDraws;
import dev.collapsar.learn.feedback.NullKind;
import dev.collapsar.learn.feedback.OriginalRule;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.feedback.Signals;
import dev.collapsar.learn.feedback.UsefulFraction;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkSpec;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * The probes and nulls of {@link FeedbackNull}: what they say of each variant, and its exhibits.
 */
final class FeedbackStudy {
  private static final String DIVERGED = "the loss is not finite: the training diverged";
  private static final String NO_FEEDBACK =
      "the checkpoint holds no feedback matrices (Bs): calibrated against fresh ones only";

  private final Experiment experiment;
  private final NetworkSpec spec;
  private final Pass probe;
  private final int draws;
  private final int networks;
  private final List<Followed> shown = new ArrayList<>();

  FeedbackStudy(Experiment experiment, NetworkSpec spec, Pass probe, int draws, int networks) {
    this.experiment = experiment;
    this.spec = spec;
    this.probe = probe;
    this.draws = draws;
    this.networks = networks;
  }

  /**
   * One variant: its probes of every epoch, and its calibration.
   *
   * <p>A network is compared with the same feedback matrices whatever it learns by; only direct
   * feedback learns by them.
   */
  final class Followed implements FineTuning.Measure {
    final String variant;
    final List<NullDraws> nulls = new ArrayList<>();
    Optional<Double> accuracy = Optional.empty();
    AlignmentSums observed;
    OriginalRule original;
    private final FeedbackMatrices feedback; // null where a checkpoint holds none
    private final FeedbackMatrices random;

    private Followed(String variant, FeedbackMatrices feedback, FeedbackMatrices random) {
      this.variant = variant;
      this.feedback = feedback;
      this.random = random;
    }

    @Override
    public Collection<Measurement> of(
        Network network, List<Evaluation> tests, IntConsumer evaluated) {
      return tests.get(0).score().isFinite() ? measured(network) : undefined(network, DIVERGED);
    }

    private List<Measurement> measured(Network network) {
      AlignmentSums sums =
          AlignmentAccumulator.of(network, probe, comparable(), experiment::checkpoint);
      List<Measurement> all = new ArrayList<>(sums.measurements());
      all.addAll(UsefulFraction.of(network, probe, comparable(), random));
      return all;
    }

    private FeedbackMatrices comparable() {
      return feedback == null ? random : feedback;
    }

    private List<Measurement> undefined(Network network, String reason) {
      List<Measurement> all = new ArrayList<>();
      AlignmentSums.none(FeedbackMatrices.widths(network, probe), probe.images().classes().size())
          .measurements()
          .forEach(m -> all.add(Measurement.undefined(m.info(), reason)));
      all.add(Measurement.undefined("useful_fraction", reason));
      all.add(Measurement.undefined("useful_fraction_random", reason));
      return all;
    }
  }

  Followed follow(String variant, FeedbackMatrices feedback, FeedbackMatrices random) {
    return new Followed(variant, feedback, random);
  }

  /** Sets what was observed at the end against every null. */
  void calibrate(Followed at, String stage, int epoch, Network network, Optional<Double> accuracy) {
    at.accuracy = accuracy;
    List<RunRecord.Row> before =
        experiment.measurements().stream()
            .filter(row -> row.variant().equals(at.variant) && row.epoch() == epoch)
            .filter(row -> row.metric().equals("activation_norm_l0"))
            .toList();
    if (before.stream().anyMatch(row -> row.value() == null)) {
      experiment.note("%s has no null: %s.".formatted(at.variant, DIVERGED));
      return;
    }
    try (Signals signals = Signals.of(network, probe, experiment::checkpoint);
        Progress.Bar bar =
            experiment.progress().bar(at.variant + " nulls", NullKind.values().length)) {
      FeedbackMatrices compared = at.comparable();
      Pairing pairing = compared.pairing();
      FeedbackNulls nulls = new FeedbackNulls(signals, pairing, draws, experiment::checkpoint);
      at.observed = AlignmentAccumulator.of(signals, compared);
      NullDraws fresh = nulls.fresh();
      bar.advance(1, fresh.kind().words());
      if (at.feedback == null) {
        withoutFeedback(at, stage, epoch, fresh);
        return;
      }
      if (before.isEmpty()) {
        experiment.measured(at.variant, stage, epoch, "", at.measured(network));
      }
      at.nulls.add(fresh);
      Seed seed = experiment.seed();
      at.nulls.add(nulls.rotated(compared, seed));
      at.nulls.add(nulls.errorShuffled(compared, seed));
      at.nulls.add(nulls.matricesPermuted(compared, seed));
      bar.advance(3, "");
      at.nulls.add(nulls.labelsPermuted(network, probe, compared, seed));
      bar.advance(1, "");
      at.nulls.add(
          FeedbackNulls.untrained(spec, probe, compared, networks, seed, experiment::checkpoint));
      bar.advance(1, "");
      at.original = original(signals, compared);
      // The fresh null last: it is the one that stands beside the metric in its own stage.
      for (NullDraws kind : at.nulls) {
        if (kind.kind() != NullKind.FRESH) {
          experiment.measured(
              at.variant, kind.kind().stage(), epoch, "", kind.measurements(at.observed));
        }
      }
      fresh(at, stage, epoch, fresh, pairing);
      shown.add(at);
      say(at, fresh);
    }
  }

  /** The script's rule, where its single width and its pairing can be had. */
  private OriginalRule original(Signals signals, FeedbackMatrices compared) {
    Pairing scripts = Pairing.Rule.BLOCK_INPUT.of(signals.states());
    if (signals.states() < 2 || compared.pairing().count() != scripts.count()) {
      return null;
    }
    FeedbackMatrices under = compared.under(scripts);
    NullDraws fresh = new FeedbackNulls(signals, scripts, draws, experiment::checkpoint).fresh();
    return OriginalRule.of(AlignmentAccumulator.of(signals, under), fresh);
  }

  private void fresh(Followed at, String stage, int epoch, NullDraws fresh, Pairing pairing) {
    List<Measurement> rows = new ArrayList<>(fresh.measurements(at.observed));
    rows.addAll(at.observed.analyticDeviations(pairing));
    if (at.original != null) {
      rows.add(
          Measurement.of(
              "feedback_cos_deep_original",
              at.original.deepMean(),
              "by the original rule: matrix min(l, L-1) for h_l"));
    }
    experiment.measured(at.variant, stage, epoch, "", rows);
  }

  private void withoutFeedback(Followed at, String stage, int epoch, NullDraws fresh) {
    List<Measurement> rows = new ArrayList<>();
    for (Measurement m : at.observed.measurements()) {
      boolean ofSignal = m.id().matches("feedback_.*");
      rows.add(ofSignal ? Measurement.undefined(m.info(), NO_FEEDBACK) : m);
    }
    for (Measurement m : fresh.measurements(at.observed)) {
      boolean ofChance = m.id().matches(".*_null_.*");
      rows.add(ofChance ? m : Measurement.undefined(m.info(), NO_FEEDBACK));
    }
    rows.addAll(at.observed.analyticDeviations(at.comparable().pairing()));
    experiment.measured(at.variant, stage, epoch, "", rows);
    experiment.note("C" + NO_FEEDBACK.substring("the c".length()) + ".");
    experiment.progress().say(NO_FEEDBACK);
  }

  private void say(Followed at, NullDraws fresh) {
    fresh
        .deepCalibration(at.observed)
        .ifPresent(
            c ->
                experiment
                    .progress()
                    .say(
                        String.format(
                            Locale.ROOT,
                            "%s  deep cosine %+.4f, %s %+.4f ± %.4f%s, p %.3g",
                            at.variant,
                            c.observed(),
                            fresh.kind().words(),
                            c.chance().mean(),
                            c.chance().sampleDeviation(),
                            c.hasSpread() ? String.format(Locale.ROOT, ", z %.1f", c.z()) : "",
                            c.p())));
    if (at.original != null) {
      experiment
          .progress()
          .say(
              "%s  the original rule, which cannot fail: %s"
                  .formatted(at.variant, String.join("; ", at.original.summary())));
    }
  }

  /** Leaves the exhibits in the report. */
  void show() {
    if (!shown.isEmpty()) {
      new FeedbackExhibits(shown, experiment.measurements()).all().forEach(experiment::shows);
    }
  }
}

package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.FeatureCache;
import dev.collapsar.learn.evidence.AdaptationEvidence;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.AdapterSettings.Defaults;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * The adaptation of {@link LoraRanks}: copies of a base are trained further, the head by low-rank
 * updates of several ranks, the head alone, all of it; and what is measured of each.
 */
final class RankSweep {
  /** The variant that all others begin with. */
  static final String BASE = "base";

  static final String STAGE = "adapt";
  static final String HEAD = "head";
  static final String LORA = "lora";
  static final String FULL = "full";
  private static final String FROZEN = "frozen";
  private static final String DRIFT = "drift";
  private static final String FP32 = "fp32";
  private static final String BF16 = "bf16";
  private static final String UPDATE_NORM = "update-norm";
  private static final String NONE = "none";

  private final Setting<List<String>> variants =
      Setting.choices(
          "variants",
          List.of(HEAD, LORA, FULL),
          List.of(HEAD, LORA, FULL),
          "what is adapted: the head, its low-rank updates, the full network");
  private final Setting<Integer> epochs =
      TrainingSettings.epochs(TrainingSettings.ADAPT, 20, "epochs of adaptation");
  private final TrainingSettings training = TrainingSettings.momentum(TrainingSettings.ADAPT, 0.01);
  private final AdapterSettings adapters;
  private final Setting<String> batchNorm =
      Setting.choice(
          "backbone.batchnorm",
          FROZEN,
          List.of(FROZEN, DRIFT),
          "frozen batch norms keep their statistics, or move them as the notebook's do");
  private final Setting<String> precision =
      Setting.choice(
          "features.precision",
          FP32,
          List.of(FP32, BF16),
          "in what frozen layers are evaluated; bf16 is faster where the processor has it");
  private final Setting<String> match =
      Setting.choice(
          "lora.match",
          UPDATE_NORM,
          List.of(UPDATE_NORM, NONE),
          "updates of all ranks as long as the head's own, each by a learning rate found on trial;"
              + " or one rate for all");
  private final Setting<Integer> draws =
      Setting.integer(
          "null.draws",
          199,
          2,
          100_000,
          "draws of every null: permuted labels, heads retrained on them, random subspaces");
  private final Setting<Integer> shuffles =
      Setting.integer("null.shuffles", 50, 2, 10_000, "shuffles of the labels, likewise");

  /**
   * @param network what is adapted
   */
  RankSweep(NetworkSettings network) {
    adapters =
        AdapterSettings.ofRanksAndMeans(
                List.of(1, 2, 4, 8, 16),
                new Defaults(16, 0.05, AdapterSettings.HEAD, Initialization.DEFAULT))
            .on(network);
  }

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>();
    settings.add(variants);
    settings.add(epochs);
    settings.addAll(training.settings());
    settings.addAll(adapters.settings());
    settings.addAll(List.of(match, batchNorm, precision, draws, shuffles));
    return settings;
  }

  /** The base, and what of it is adapted. */
  List<String> variants(Settings settings) {
    List<String> names = new ArrayList<>(List.of(BASE));
    for (String chosen : settings.get(variants)) {
      if (chosen.equals(LORA)) {
        adapters.ranks(settings).forEach(rank -> names.add(adapters.variant(settings, rank)));
      } else {
        names.add(chosen);
      }
    }
    return names;
  }

  /** What is adapted, in words. */
  String inWords(Settings settings) {
    return settings.get(variants).stream()
        .map(chosen -> chosen.equals(LORA) ? "LoRA of rank " + ranks(settings) : chosen)
        .collect(Collectors.joining(", "));
  }

  private String ranks(Settings settings) {
    return adapters.ranks(settings).stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** Checks the adapters against a network, before anything is trained. */
  void requireFit(RunContext run, Network network) {
    if (run.get(variants).contains(FULL)) {
      network.tryOut();
    }
    if (run.get(variants).contains(LORA)) {
      adapters.requireFit(run.settings(), network);
    }
  }

  /** Whether this key is how many epochs each variant is adapted for, and nothing depends on it. */
  boolean isFree(String key, Settings settings) {
    return key.equals(epochs.key()) && training.isConstant(settings);
  }

  List<Preset> quick() {
    return List.of(epochs.preset(3), match.preset(NONE), shuffles.preset(20));
  }

  /**
   * Adapts copies of the base one after another and shows what became of them in the report.
   *
   * @param base its log, where what is measured of it before adaptation is recorded
   * @param trainer scores every epoch
   * @param measured the images whose representation is measured, as are the values at the taps
   * @param passes what each epoch of adaptation sees, the same for every variant
   */
  void run(
      StartedBase base,
      VariantTrainer trainer,
      OrderedBatches measured,
      Taps taps,
      IntFunction<OrderedBatches> passes) {
    RunContext run = trainer.run();
    run.resources()
        .features()
        .setPrecision(
            run.get(precision).equals(BF16)
                ? FeatureCache.Precision.BF16
                : FeatureCache.Precision.FP32);
    base.network().weights().setTrainableOnly(base.network().head().name());
    CollapseProbe probe =
        CollapseProbe.ofRepresentation(
            run.resources(), ProbeSpec.of(measured, Metrics.collapse()), base.network());
    CollapseEvidence evidence = new CollapseEvidence(run, run.get(draws), Sampling.completeSet());
    VariantTrainer tapped =
        trainer
            .withProbe(CollapseProbe.atTaps(run.resources(), measured, base.network(), taps))
            .withEvidence(evidence)
            .withAdaptation(AdaptationEvidence.ofWeightsAlone());
    new SweepRun(base, tapped, probe, evidence, choices(run), passes).all();
  }

  private SweepChoices choices(RunContext run) {
    return new SweepChoices(
        run.get(variants),
        run.get(epochs),
        training,
        adapters,
        run.get(batchNorm).equals(DRIFT),
        run.get(match).equals(UPDATE_NORM),
        run.get(draws),
        run.get(shuffles));
  }
}

package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.AdapterSettings.Defaults;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.training.FeatureCache;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.FeatureSnapshot;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.UpdateMetrics;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The adaptation of {@link LoraRanks}: copies of a base are trained further, the head by low-rank
 * updates of several ranks, the head alone, all of it; and what is measured of each.
 */
final class RankSweep {
  /** The variant that all others begin with. */
  static final String BASE = "base";

  private static final String STAGE = "adapt";
  private static final String HEAD = "head";
  private static final String LORA = "lora";
  private static final String FULL = "full";
  private static final String FROZEN = "frozen";
  private static final String DRIFT = "drift";
  private static final String FP32 = "fp32";
  private static final String BF16 = "bf16";

  private final Setting<List<String>> variants =
      Setting.choices(
          "variants",
          List.of(HEAD, LORA, FULL),
          List.of(HEAD, LORA, FULL),
          "what is adapted: the head, its low-rank updates, the full network");
  private final Setting<Integer> epochs =
      TrainingSettings.epochs(TrainingSettings.ADAPT, 20, "epochs of adaptation");
  private final TrainingSettings training = TrainingSettings.momentum(TrainingSettings.ADAPT, 0.01);
  private final AdapterSettings adapters =
      AdapterSettings.ofRanks(
          List.of(1, 2, 4, 8, 16),
          new Defaults(16, 0.05, AdapterSettings.HEAD, Initialization.DEFAULT));
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
  private final Setting<Integer> draws =
      Setting.integer(
          "null.draws", 200, 2, 100_000, "random subspaces that alignments are held against");
  private final Setting<Integer> shuffles =
      Setting.integer("null.shuffles", 50, 2, 10_000, "shuffles of the labels, likewise");

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>();
    settings.add(variants);
    settings.add(epochs);
    settings.addAll(training.settings());
    settings.addAll(adapters.settings());
    settings.addAll(List.of(batchNorm, precision, draws, shuffles));
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

  /** Checks the adapters against a network, before anything is trained. */
  void requireFit(RunContext run, Network network) {
    if (run.get(variants).contains(LORA)) {
      adapters.requireFit(run.settings(), network);
    }
  }

  /** Whether this key is how many epochs each variant is adapted for, and nothing depends on it. */
  boolean isFree(String key, Settings settings) {
    return key.equals(epochs.key()) && training.isConstant(settings);
  }

  List<Preset> quick() {
    return List.of(epochs.preset(3), shuffles.preset(20));
  }

  /**
   * Adapts copies of the base one after another and shows what became of them in the report.
   *
   * @param tests what every epoch is scored on
   * @param measured the images whose representation is measured, as are the values at the taps
   * @param passes what each epoch of adaptation sees, the same for every variant
   */
  void run(
      RunContext run,
      Network base,
      List<TestSet> tests,
      Pass measured,
      Taps taps,
      IntFunction<Pass> passes) {
    run.resources()
        .features()
        .setPrecision(
            run.get(precision).equals(BF16)
                ? FeatureCache.Precision.BF16
                : FeatureCache.Precision.FP32);
    base.weights().setTrainableOnly(base.head().name());
    VariantTrainer trainer =
        new VariantTrainer(run, tests)
            .withProbe(CollapseProbe.atTaps(run.resources(), measured, base, taps));
    ProbeSpec everything = ProbeSpec.of(measured, Metrics.collapse());
    CollapseProbe probe = CollapseProbe.ofRepresentation(run.resources(), everything, base);
    new Running(run, base, trainer, probe, passes).all();
  }

  /** What all variants have in common. */
  private final class Running {
    private final RunContext run;
    private final Network base;
    private final VariantTrainer trainer;
    private final CollapseProbe probe;
    private final UpdateMetrics updates;
    private final IntFunction<Pass> passes;
    private final RankExhibits exhibits;
    private final List<Variant> trained = new ArrayList<>();

    Running(
        RunContext run,
        Network base,
        VariantTrainer trainer,
        CollapseProbe probe,
        IntFunction<Pass> passes) {
      this.run = run;
      this.base = base;
      this.trainer = trainer;
      this.probe = probe;
      this.passes = passes;
      FeatureSnapshot before =
          read(base)
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          "base: the loss on the training images is not finite"));
      updates = new UpdateMetrics(before.means(), run.get(draws), run.get(shuffles), run.seed());
      exhibits = new RankExhibits(drifts());
      exhibits.spectra("base", before);
    }

    private Optional<FeatureSnapshot> read(Network network) {
      return probe.read(network, evaluated -> run.throwIfStopped()).snapshot();
    }

    private boolean drifts() {
      return run.get(batchNorm).equals(DRIFT);
    }

    void all() {
      sayWhatMatters();
      List<String> chosen = run.get(variants);
      if (chosen.contains(HEAD)) {
        head();
      }
      if (chosen.contains(LORA)) {
        adapters.ranks(run.settings()).forEach(this::lora);
      }
      if (chosen.contains(FULL)) {
        full();
      }
      exhibits.of(trained, run.history().stage(STAGE)).forEach(run::add);
    }

    private void head() {
      try (Network adapted = base.copy()) {
        adapted.weights().setTrainableOnly(adapted.head().name());
        train(new Variant(HEAD, STAGE, Kind.HEAD), adapted, movement(adapted), spec())
            .save(adapted);
      }
    }

    private void full() {
      try (Network adapted = base.copy()) {
        train(new Variant(FULL, STAGE, Kind.FULL), adapted, movement(adapted), spec())
            .save(adapted);
      }
    }

    private void lora(int rank) {
      try (Network adapted = base.copy()) {
        Settings chosen = run.settings();
        AdapterConfig config = adapters.config(chosen, adapted, rank);
        Supplier<Matrix> movement = movement(adapted);
        Adapter adapter = Adapter.attach(adapted, "default", config, run.adaptSeed());
        train(
                new Variant(adapters.variant(chosen, rank), STAGE, Kind.ADAPTER),
                adapted,
                update(adapter, adapted.head().name(), movement),
                adapters.withLoraPlus(chosen, spec(), adapter))
            .save(adapter.toFile(), BASE);
      }
    }

    /** Of a plain update, its product itself, which no rounding of the sum has passed. */
    private Supplier<Matrix> update(Adapter adapter, String head, Supplier<Matrix> movement) {
      boolean product = adapter.layers().contains(head) && !adapter.config().dora();
      return product ? () -> adapter.update(head) : movement;
    }

    private TrainingSpec spec() {
      return training.over(run.settings(), run.get(epochs));
    }

    /** What the head's weights have moved by from now on, (K,D). */
    private Supplier<Matrix> movement(Network network) {
      Matrix start = network.head().classifier().weights();
      return () -> difference(network.head().classifier().weights(), start);
    }

    /**
     * @param update the head's update as it is now, (K,D)
     */
    private VariantLog train(
        Variant variant, Network adapted, Supplier<Matrix> update, TrainingSpec spec) {
      adapted.setBatchNormDrift(drifts());
      VariantLog log = run.beginVariant(variant, adapted);
      SweepMetrics metrics =
          new SweepMetrics(probe, updates, update, training.weightDecay(run.settings()));
      trainer.withMetrics(metrics).train(log, adapted, spec, run.get(epochs), passes);
      if (!metrics.diverged()) {
        read(adapted).ifPresent(found -> exhibits.spectra(variant.name(), found));
      }
      trained.add(variant);
      return log;
    }

    private void sayWhatMatters() {
      int classes = updates.classes();
      List<Integer> ranks = adapters.ranks(run.settings());
      ranks.stream()
          .filter(rank -> rank > classes - 1)
          .forEach(
              rank ->
                  run.note(
                      "lora-r%s: rank %s is above K-1 = %s. An update of %s outputs has at most that many directions that change a decision: the others are idle, and alignments saturate."
                          .formatted(rank, rank, classes - 1, classes)));
      if (drifts()) {
        run.note(
            "backbone.batchnorm=drift: as in the notebook, batch norms of the frozen backbone use"
                + " each batch's statistics in training and move the running ones. The"
                + " representation changes although nothing in it is trained, and saved adapters do"
                + " not carry that change.");
      }
      if (!adapters.isRankStabilized(run.settings()) && ranks.size() > 1) {
        run.note(
            "Updates are scaled by alpha / rank, so a higher rank also takes smaller steps;"
                + " lora.scaling=rank-stabilised separates the two.");
      }
    }
  }

  private static Matrix difference(Matrix a, Matrix b) {
    double[] values =
        IntStream.range(0, a.array().length)
            .mapToDouble(i -> a.array()[i] - b.array()[i])
            .toArray();
    return Matrix.of(a.rows(), a.columns(), values);
  }
}

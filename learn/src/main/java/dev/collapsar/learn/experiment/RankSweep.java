package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.training.FeatureCache;
import dev.collapsar.linalg.Matrix;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The adaptation of {@link LoraRanks}: copies of a base are trained further, the head by low-rank
 * updates of several ranks, the head alone, all of it; and what is measured of each.
 */
final class RankSweep {
  private static final String HEAD = "head";
  private static final String LORA = "lora";
  private static final String FULL = "full";
  private static final String STANDARD = "standard";
  private static final String RANK_STABILISED = "rank-stabilised";
  private static final String FROZEN = "frozen";
  private static final String DRIFT = "drift";
  private static final String FP32 = "fp32";
  private static final String BF16 = "bf16";

  private final SgdChoice sgd;
  private final Setting<List<String>> variants =
      Setting.choices(
          "variants",
          List.of(HEAD, LORA, FULL),
          List.of(HEAD, LORA, FULL),
          "what is adapted: the head, its low-rank updates, the full network");
  private final Setting<Integer> epochs =
      Setting.whole("epochs", 20, 0, 10_000, "epochs of adaptation");
  private final Setting<Double> rate =
      Setting.positive("learning-rate", 0.01, 10, "SGD's learning rate for adaptation");
  private final Setting<List<Integer>> ranks =
      Setting.wholes(
          "lora.rank",
          List.of(1, 2, 4, 8, 16),
          1,
          512,
          "ranks of the head's update, a variant each");
  private final Setting<Double> alpha =
      Setting.positive("lora.alpha", 16, 1e6, "the numerator of the updates' scale");
  private final Setting<String> scaling =
      Setting.choice(
          "lora.scaling",
          STANDARD,
          List.of(STANDARD, RANK_STABILISED),
          "the updates' scale: alpha / rank, or alpha / sqrt(rank), which separates rank from step size");
  private final Setting<Double> dropout =
      Setting.number("lora.dropout", 0.05, 0, 0.99, "share of the updates' inputs that is dropped");
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
      Setting.whole(
          "null.draws", 200, 2, 100_000, "random subspaces that alignments are held against");
  private final Setting<Integer> shuffles =
      Setting.whole("null.shuffles", 50, 2, 10_000, "shuffles of the labels, likewise");

  RankSweep(SgdChoice sgd) {
    this.sgd = sgd;
  }

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    return List.of(
        variants, epochs, rate, ranks, alpha, scaling, dropout, batchNorm, precision, draws,
        shuffles);
  }

  /** The recipe lists them among its own. */
  Map<String, String> quick() {
    return Map.of(epochs.key(), "3", shuffles.key(), "20");
  }

  /**
   * Adapts copies of the base one after another and leaves the exhibits in the report.
   *
   * @param tests what every epoch is scored on
   * @param measured the images whose representation is measured, as are the values at the taps
   * @param passes what each epoch of adaptation sees, the same for every variant
   */
  void run(
      Experiment experiment,
      Network base,
      List<FineTuning.TestSet> tests,
      Pass measured,
      Taps taps,
      IntFunction<Pass> passes) {
    experiment
        .computing()
        .features()
        .setPrecision(
            experiment.get(precision).equals(BF16)
                ? FeatureCache.Precision.BF16
                : FeatureCache.Precision.FP32);
    base.weights().setTrainableOnly(base.head().name());
    new Running(experiment, base, tests, measured, taps, passes).all();
  }

  /** What all variants have in common. */
  private final class Running {
    private final Experiment experiment;
    private final Network base;
    private final FineTuning tuning;
    private final Representations representations;
    private final UpdateGeometry geometry;
    private final IntFunction<Pass> passes;
    private final RankExhibits exhibits;

    Running(
        Experiment experiment,
        Network base,
        List<FineTuning.TestSet> tests,
        Pass measured,
        Taps taps,
        IntFunction<Pass> passes) {
      this.experiment = experiment;
      this.base = base;
      this.passes = passes;
      tuning =
          new FineTuning(experiment, tests, List.of())
              .withTaps(Geometry.atTaps(experiment, measured, base, taps));
      representations = new Representations(experiment, measured, experiment.get(shuffles));
      Representations.Found before = measured(base);
      if (before == null) {
        throw new InvalidInputException("base: the loss on the training images is not finite");
      }
      geometry = new UpdateGeometry(before.means(), experiment.get(draws), experiment.seed());
      exhibits = new RankExhibits(experiment.get(batchNorm).equals(DRIFT));
      exhibits.spectra("base", before);
    }

    private Representations.Found measured(Network network) {
      return representations.of(network, evaluated -> experiment.checkpoint()).found();
    }

    void all() {
      sayWhatMatters();
      List<String> chosen = experiment.get(variants);
      if (chosen.contains(HEAD)) {
        head();
      }
      if (chosen.contains(LORA)) {
        experiment.get(ranks).forEach(this::lora);
      }
      if (chosen.contains(FULL)) {
        full();
      }
      exhibits.of(experiment.measurements()).forEach(experiment::shows);
    }

    private void head() {
      try (Network adapted = base.copy()) {
        adapted.weights().setTrainableOnly(adapted.head().name());
        train(HEAD, adapted, movement(adapted));
      }
    }

    private void full() {
      try (Network adapted = base.copy()) {
        train(FULL, adapted, movement(adapted));
      }
    }

    private void lora(int rank) {
      try (Network adapted = base.copy()) {
        String variant = "lora-r" + rank;
        String head = adapted.head().name();
        AdapterConfig lora =
            AdapterConfig.of(new ModuleSelector.Named(List.of(head)), rank, experiment.get(alpha))
                .dropout(experiment.get(dropout))
                .rankStabilized(experiment.get(scaling).equals(RANK_STABILISED))
                .build();
        Adapter adapter = Adapter.attach(adapted, "default", lora, experiment.seed());
        train(variant, adapted, () -> adapter.update(head));
        experiment.keeps(variant, adapter.toFile());
      }
    }

    /** What the head's weights have moved by from now on, (K,D). */
    private Supplier<Matrix> movement(Network network) {
      Matrix start = network.head().classifier().weights();
      return () -> difference(network.head().classifier().weights(), start);
    }

    /**
     * @param update the head's update as it is now, (K,D)
     */
    private void train(String variant, Network adapted, Supplier<Matrix> update) {
      adapted.setBatchNormDrift(experiment.get(batchNorm).equals(DRIFT));
      UpdateNumbers numbers =
          new UpdateNumbers(
              experiment, representations, geometry, update, sgd.weightDecay(experiment));
      tuning
          .withMeasures(List.of(numbers))
          .train(
              variant,
              "adapt",
              adapted,
              sgd.at(experiment, experiment.get(rate)),
              experiment.get(epochs),
              passes);
      if (!numbers.diverged()) {
        exhibits.spectra(variant, measured(adapted));
      }
    }

    private void sayWhatMatters() {
      int classes = geometry.original().rows();
      experiment.get(ranks).stream()
          .filter(rank -> rank > classes - 1)
          .forEach(
              rank ->
                  experiment.note(
                      "lora-r%d: rank %d is above K-1 = %d. An update of %d outputs has at most that many directions that change a decision: the others are idle, and alignments saturate."
                          .formatted(rank, rank, classes - 1, classes)));
      if (experiment.get(batchNorm).equals(DRIFT)) {
        experiment.note(
            "backbone.batchnorm=drift: as in the notebook, batch norms of the frozen backbone use each batch's statistics in training and move the running ones. The representation changes although nothing in it is trained, and saved adapters do not carry that change.");
      }
      if (experiment.get(scaling).equals(STANDARD) && experiment.get(ranks).size() > 1) {
        experiment.note(
            "Updates are scaled by alpha / rank, so a higher rank also takes smaller steps; lora.scaling=rank-stabilised separates the two.");
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

package dev.collapsar.learn.recipe.digitnine;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.variant.ConfusionMatrix;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import dev.collapsar.run.MetricHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The adapter learns its digit, and what that costs. */
record DigitTask(
    RunContext run,
    Network network,
    VariantTrainer trainer,
    OrderedBatches testPass,
    ForgettingLedger ledger) {
  /** Whose network the adapter is of. */
  static final String BASE_VARIANT = "base";

  private static final int SCALES = 20;
  private static final double LARGEST_SCALE = 2;

  void teach(ImageSet digitImages, ImageTransform transform, Evaluation before) {
    run.add(ForgettingLedger.layers(network));
    Adapter adapter = attach();
    run.add(ForgettingLedger.adapter(network));
    Variant variant =
        new Variant(
            DigitNineSettings.ADAPTER.variant(run.settings(), rank()), "adapt", Kind.ADAPTER);
    VariantLog log = run.beginVariant(variant, network);
    int every = run.get(DigitNineSettings.EVERY);
    int batches = run.get(DigitNineSettings.STEPS);
    int batch = DigitNineSettings.SAMPLES.batch(run.settings());
    int evaluations = (batches + every - 1) / every;
    OrderedBatches steps =
        digitBatches(digitImages, transform, batch, batches, run.adaptSeed().under("adapt"));
    Evaluation after =
        trainer
            .withMetrics(ledger.follow())
            .train(
                log,
                network,
                DigitNineSettings.ADAPTER.withLoraPlus(
                    run.settings(),
                    DigitNineSettings.ADAPTATION.over(run.settings(), evaluations),
                    adapter),
                evaluations,
                e -> steps.slice((e - 1) * every, Math.min(e * every, batches)))
            .get(0);
    log.save(adapter.toFile(), BASE_VARIANT);
    run.note(
        "An epoch of %s is %s batches of %s images of digit %s."
            .formatted(variant.name(), every, batch, ledger.digit()));
    show(log, adapter, before, after);
  }

  private Adapter attach() {
    return Adapter.attach(
        network,
        "default",
        DigitNineSettings.ADAPTER.config(run.settings(), network, rank()),
        run.adaptSeed());
  }

  private int rank() {
    return DigitNineSettings.ADAPTER.ranks(run.settings()).get(0);
  }

  private void show(VariantLog log, Adapter adapter, Evaluation before, Evaluation after) {
    List<String> classes = testPass.classes();
    Evaluation disabled = disabled(adapter, before);
    ConfusionMatrix with = ConfusionMatrix.of(classes, after);
    run.add(ledger.errors(with, ConfusionMatrix.of(classes, disabled)));
    Variant variant = log.variant();
    MetricHistory history = run.history().variant(variant.name()).stage(variant.stage());
    run.add(
        ledger.overBatches(
            variant.name(),
            ForgettingLedger.curve(
                history, run.get(DigitNineSettings.EVERY), run.get(DigitNineSettings.STEPS))));
    run.add(ledger.overScales(variant.name(), scaled(log.inStage("alpha"), adapter)));
    ledger.confusions(with).forEach(run::add);
  }

  private Evaluation disabled(Adapter adapter, Evaluation before) {
    Evaluation disabled = adapter.disabled(this::test);
    if (!disabled.score().equals(before.score())
        || !Arrays.equals(disabled.predicted(), before.predicted())) {
      throw new IllegalStateException(
          "with the adapter disabled the network must be what it was: %s before, %s now"
              .formatted(before.score(), disabled.score()));
    }
    return disabled;
  }

  /**
   * The tests of the trained adapter at alpha times 0, 0.1, ... 2: an evaluation each, no training.
   */
  private List<ForgettingLedger.Point> scaled(VariantLog log, Adapter adapter) {
    List<ForgettingLedger.Point> points = new ArrayList<>();
    try (Progress.Bar bar = run.progress().bar("alpha scaled 0..2", SCALES + 1)) {
      for (int k = 0; k <= SCALES; k++) {
        double factor = LARGEST_SCALE * k / SCALES;
        ForgettingLedger.Point point = ledger.point(factor, adapter.scaled(factor, this::test));
        points.add(point);
        String note = String.format(Locale.ROOT, "alpha times %.1f", factor);
        log.record(k, "", point.measurements(note));
        bar.advance(1, "");
      }
    }
    return points;
  }

  private Evaluation test() {
    return Evaluation.of(network, testPass, n -> run.throwIfStopped());
  }

  /**
   * So many batches of the digit: its images in a drawn order, and again in another when they are
   * used up.
   */
  private static OrderedBatches digitBatches(
      ImageSet digit, ImageTransform transform, int batch, int batches, Seed seed) {
    int[] order = new int[batch * batches];
    for (int filled = 0, round = 0; filled < order.length; round++) {
      int[] next = Permutation.of(digit.count(), seed.random("order/" + round));
      int taken = Math.min(next.length, order.length - filled);
      System.arraycopy(next, 0, order, filled, taken);
      filled += taken;
    }
    return new OrderedBatches(digit.with(transform), batch, order, seed);
  }
}

package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import dev.collapsar.run.Exhibit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * An MLP learns MNIST, then rank-1 updates of its three layers learn the digit that it gets wrong
 * most, from 100 small batches of that digit alone; and what that costs on the other digits.
 * Source: the notebook on LoRA as a weight parametrization, with the forgetting that it leaves out.
 */
final class DigitNine implements Recipe {
  private static final String WORST = "worst";

  private static final DataChoice DATA = new DataChoice("mnist");
  private static final NetworkChoice NETWORK = new NetworkChoice("mlp");
  private static final TapChoice TAPS = new TapChoice();
  private static final Setting<Integer> BASE_SAMPLES =
      Setting.whole("base.samples", 60_000, 1, 60_000, "images that the base is trained on");
  private static final Setting<Integer> BASE_EPOCHS =
      Setting.whole("base.epochs", 1, 0, 10_000, "epochs of training the base");
  private static final Setting<Double> BASE_RATE =
      Setting.positive("base.learning-rate", 1e-3, 10, "Adam's learning rate for the base");
  private static final Setting<Integer> TEST_SAMPLES =
      Setting.whole("test.samples", 10_000, 1, 10_000, "test images");
  private static final Setting<Integer> BATCH =
      Setting.whole("batch", 10, 1, 60_000, "images a training step");
  private static final Setting<String> DIGIT =
      Setting.choice(
          "digit",
          WORST,
          List.of(WORST, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
          "what the adapter learns; by default the digit that the base gets wrong most");
  // The narrowest side of any of the three layers but the last is 784.
  private static final Setting<Integer> RANK =
      Setting.whole("lora.rank", 1, 1, 784, "rank of the updates");
  private static final Setting<Double> ALPHA =
      Setting.positive("lora.alpha", 1, 1e6, "the updates are scaled by alpha / rank");
  private static final Setting<Double> ADAPTER_RATE =
      Setting.positive("lora.learning-rate", 1e-3, 10, "Adam's learning rate for the adapter");
  private static final Setting<Integer> BATCHES =
      Setting.whole("lora.batches", 100, 1, 100_000, "training steps of the adapter");
  private static final Setting<Integer> EVERY =
      Setting.whole("lora.every", 10, 1, 100_000, "steps from one evaluation to the next");

  private static final int MEASURING_BATCH = 500;
  private static final int SCALES = 20;
  private static final double LARGEST_SCALE = 2;

  @Override
  public String name() {
    return "digit-nine";
  }

  @Override
  public String summary() {
    return "Rank-1 LoRA teaches an MLP its worst digit; what it forgets meanwhile";
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DATA.settings());
    settings.addAll(NETWORK.settings());
    settings.addAll(TAPS.settings());
    settings.addAll(
        List.of(
            BASE_SAMPLES,
            BASE_EPOCHS,
            BASE_RATE,
            TEST_SAMPLES,
            BATCH,
            DIGIT,
            RANK,
            ALPHA,
            ADAPTER_RATE,
            BATCHES,
            EVERY));
    return settings;
  }

  @Override
  public Map<String, String> quick() {
    return Map.of(
        BASE_SAMPLES.key(), "6000",
        TEST_SAMPLES.key(), "2000",
        BATCHES.key(), "50");
  }

  @Override
  public void run(Experiment experiment) {
    Seed seed = experiment.seed();
    ImageData data = DATA.load(experiment);
    ImageSet train = data.train();
    ImageSet test = data.test().sample(experiment.get(TEST_SAMPLES), seed.random("subset/test"));
    ImageSet base = train.sample(experiment.get(BASE_SAMPLES), seed.random("subset/base"));
    experiment.uses("base-train", base);
    experiment.uses("test", test);
    ImageTransform transform = data.normalized();
    Pass testPass = Pass.inOrder(test, transform, MEASURING_BATCH, seed.under("test"));
    int batch = experiment.get(BATCH);

    try (Network network = NETWORK.open(experiment, train)) {
      Pass measured =
          Pass.inOrder(base, transform, MEASURING_BATCH, seed.under("measured/base-train"));
      FineTuning tuning =
          new FineTuning(
                  experiment,
                  List.of(new FineTuning.TestSet("test", "accuracy_test", testPass)),
                  List.of())
              .withTaps(
                  Geometry.atTaps(
                      experiment, measured, network, TAPS.of(experiment, network, train.shape())));
      Evaluation before =
          tuning
              .train(
                  "base",
                  "pretrain",
                  network,
                  adam(experiment.get(BASE_RATE)),
                  NETWORK.isTrained(experiment) ? 0 : experiment.get(BASE_EPOCHS),
                  epoch -> Pass.shuffled(base, transform, batch, seed.under("pretrain/" + epoch)))
              .get(0);
      Confusion confusionBefore = Confusion.of(test.classes(), before);
      int digit = digit(experiment, confusionBefore);
      ImageSet lesson = only(train, digit);
      experiment.uses("adapt-train", lesson);
      experiment.progress().say("the adapter learns digit " + digit);

      ForgettingLedger ledger = new ForgettingLedger(digit, confusionBefore);
      experiment.shows(ForgettingLedger.layers(network));
      AdapterConfig config =
          AdapterConfig.of(
                  new ModuleSelector.AllLinear(), experiment.get(RANK), experiment.get(ALPHA))
              .initialization(Initialization.NORMAL)
              .build();
      Adapter adapter = Adapter.attach(network, "default", config, seed);
      experiment.shows(ForgettingLedger.adapter(network));
      String variant = "lora-r" + experiment.get(RANK);
      int every = experiment.get(EVERY);
      int batches = experiment.get(BATCHES);
      Pass steps = lesson(lesson, transform, batch, batches, seed.under("adapt"));
      Evaluation after =
          tuning
              .withMeasures(List.of(ledger.follow()))
              .train(
                  variant,
                  "adapt",
                  network,
                  adam(experiment.get(ADAPTER_RATE)),
                  (batches + every - 1) / every,
                  e -> steps.slice((e - 1) * every, Math.min(e * every, batches)))
              .get(0);
      experiment.keeps(variant, adapter.toFile());
      experiment.note(
          "An epoch of %s is %d batches of %d images of digit %d."
              .formatted(variant, every, batch, digit));

      Evaluation disabled =
          adapter.disabled(() -> Evaluation.of(network, testPass, n -> experiment.checkpoint()));
      if (!disabled.score().equals(before.score())
          || !Arrays.equals(disabled.predicted(), before.predicted())) {
        throw new IllegalStateException(
            "with the adapter disabled the network must be what it was: %s before, %s now"
                .formatted(before.score(), disabled.score()));
      }
      experiment.shows(
          ledger.errors(
              Confusion.of(test.classes(), after), Confusion.of(test.classes(), disabled)));
      List<ForgettingLedger.Point> way =
          ForgettingLedger.way(experiment.history().rows(), variant, "adapt", every, batches);
      experiment.shows(ledger.overBatches(variant, way));
      experiment.shows(scaled(experiment, variant, adapter, network, testPass, ledger));
      ledger.confusions(Confusion.of(test.classes(), after)).forEach(experiment::shows);
    }
  }

  /**
   * The tests of the trained adapter at alpha times 0, 0.1, ... 2: an evaluation each, no training.
   */
  private static Exhibit scaled(
      Experiment experiment,
      String variant,
      Adapter adapter,
      Network network,
      Pass testPass,
      ForgettingLedger ledger) {
    List<ForgettingLedger.Point> points = new ArrayList<>();
    try (Progress.Bar bar = experiment.progress().bar("alpha scaled 0..2", SCALES + 1)) {
      for (int k = 0; k <= SCALES; k++) {
        double factor = LARGEST_SCALE * k / SCALES;
        Evaluation evaluation =
            adapter.scaled(
                factor, () -> Evaluation.of(network, testPass, n -> experiment.checkpoint()));
        ForgettingLedger.Point point = ledger.point(factor, evaluation);
        points.add(point);
        List<Measurement> rows = new ArrayList<>();
        for (Measurement m : point.measurements()) {
          String note = String.format(Locale.ROOT, "alpha times %.1f", factor);
          rows.add(Measurement.of(m.info(), ((Measurement.Defined) m).value(), note));
        }
        experiment.measured(variant, "alpha", k, "", rows);
        bar.advance(1, "");
      }
    }
    return ledger.overScales(variant, points);
  }

  /**
   * So many batches of the lesson: its images in a drawn order, and again in another when they are
   * used up.
   */
  private static Pass lesson(
      ImageSet lesson, ImageTransform transform, int batch, int batches, Seed chance) {
    int[] order = new int[batch * batches];
    for (int filled = 0, round = 0; filled < order.length; round++) {
      int[] next = Permutation.of(lesson.count(), chance.random("order/" + round));
      int taken = Math.min(next.length, order.length - filled);
      System.arraycopy(next, 0, order, filled, taken);
      filled += taken;
    }
    return new Pass(lesson, transform, batch, order, chance);
  }

  private static TrainingSpec adam(double learningRate) {
    return TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(learningRate));
  }

  private static int digit(Experiment experiment, Confusion confusion) {
    String chosen = experiment.get(DIGIT);
    return chosen.equals(WORST) ? confusion.worst() : Integer.parseInt(chosen);
  }

  private static ImageSet only(ImageSet images, int digit) {
    int[] rows =
        IntStream.range(0, images.count()).filter(i -> images.labels()[i] == digit).toArray();
    if (rows.length == 0) {
      throw new InvalidInputException(
          "digit=%d: the training images hold none of them".formatted(digit));
    }
    return images.subset(rows);
  }
}

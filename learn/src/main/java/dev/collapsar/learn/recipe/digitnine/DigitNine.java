package dev.collapsar.learn.recipe.digitnine;

import static dev.collapsar.learn.settings.TrainingSettings.ADAPT;
import static dev.collapsar.learn.settings.TrainingSettings.BASE;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.MeasuredRows;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.AdapterSettings;
import dev.collapsar.learn.settings.AdapterSettings.Defaults;
import dev.collapsar.learn.settings.ChanceSettings;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.SampleSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.LearnMetrics;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.ConfusionMatrix;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.OutOfDistribution;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import dev.collapsar.run.MetricHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * An MLP learns MNIST, then rank-1 updates of its three layers learn the digit that it gets wrong
 * most, from 100 small batches of that digit alone; and what that costs on the other digits.
 * Source: the notebook on LoRA as a weight parametrization, with the forgetting that it leaves out.
 */
public final class DigitNine implements Recipe {
  private static final String BASE_VARIANT = "base";
  private static final String WORST = "worst";

  private static final DataSettings DATA = new DataSettings("mnist");
  private static final NetworkSettings NETWORK = new NetworkSettings("mlp");
  private static final TapSettings TAPS = new TapSettings();
  private static final SampleSettings SAMPLES = SampleSettings.ofBase(60_000, 10_000, 10);
  private static final Setting<Integer> BASE_EPOCHS =
      TrainingSettings.epochs(BASE, 1, "epochs of training the base");
  private static final TrainingSettings PRETRAINING = TrainingSettings.adam(BASE);
  private static final Setting<String> DIGIT =
      Setting.choice(
          "digit",
          WORST,
          List.of(WORST, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
          "what the adapter learns; by default the digit that the base gets wrong most");
  private static final AdapterSettings ADAPTER =
      AdapterSettings.ofRank(
          1, new Defaults(1, 0, AdapterSettings.ALL_LINEAR, Initialization.NORMAL));
  private static final TrainingSettings ADAPTATION = TrainingSettings.adam(ADAPT);
  private static final Setting<Integer> STEPS =
      Setting.integer("adapt.steps", 100, 1, 100_000, "training steps of the adapter");
  private static final Setting<Integer> EVERY =
      Setting.integer("adapt.every", 10, 1, 100_000, "steps from one evaluation to the next");

  private static final ChanceSettings CHANCE = new ChanceSettings();

  private static final int MEASURING_BATCH = 500;
  private static final int SCALES = 20;

  /** What a page of one adapter has room for. */
  private static final Set<CollapseMetric> REPRESENTATION =
      Set.of(
          WithinClass.NC1_PINV,
          WithinClass.NC1_QUOT,
          MeansGeometry.NC2_ETF_ERR,
          MeansGeometry.NC2_NORM_COV_MEANS,
          DualGeometry.NC3_COS_MEAN,
          NearestMean.NC4_AGREE);

  private static final double LARGEST_SCALE = 2;

  @Override
  public String name() {
    return "digit-nine";
  }

  @Override
  public String summary() {
    return "An adapter teaches a network one digit; what it forgets meanwhile";
  }

  @Override
  public String title(Settings settings) {
    String digit = settings.get(DIGIT);
    return "LoRA of rank %s teaches %s on %s %s; what it forgets meanwhile"
        .formatted(
            ADAPTER.ranks(settings).get(0),
            NETWORK.named(settings),
            DATA.named(settings),
            digit.equals(WORST) ? "the digit that it gets wrong most" : "digit " + digit);
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DATA.settings());
    settings.addAll(NETWORK.settings());
    settings.addAll(TAPS.settings());
    settings.addAll(SAMPLES.settings());
    settings.add(BASE_EPOCHS);
    settings.addAll(PRETRAINING.settings());
    settings.add(DIGIT);
    settings.addAll(ADAPTER.settings());
    settings.addAll(ADAPTATION.settings());
    settings.addAll(List.of(STEPS, EVERY, TrainingSettings.ADAPT_SEED));
    settings.addAll(CHANCE.settings());
    return settings;
  }

  @Override
  public List<Setting<?>> ofAdaptationAlone() {
    List<Setting<?>> settings = new ArrayList<>(ADAPTER.settings());
    settings.addAll(ADAPTATION.settings());
    settings.addAll(List.of(DIGIT, STEPS, EVERY, TrainingSettings.ADAPT_SEED));
    return settings;
  }

  @Override
  public List<String> variants(Settings settings) {
    int rank = ADAPTER.ranks(settings).get(0);
    return List.of(BASE_VARIANT, ADAPTER.variant(settings, rank));
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(
        Map.of(
            "lora.learning-rate", List.of("adapt.learning-rate"),
            "lora.batches", List.of("adapt.steps"),
            "lora.every", List.of("adapt.every")));
  }

  @Override
  public List<Preset> quick() {
    return List.of(SAMPLES.samples().preset(6000), SAMPLES.test().preset(2000), STEPS.preset(50));
  }

  @Override
  public void run(RunContext run) {
    RunImages chosen = new RunImages(run, DATA);
    ImageData data = chosen.load();
    ImageSet test = chosen.sample(data.test(), SAMPLES.test(), "subset/test");
    ImageSet base = chosen.sample(data.train(), SAMPLES.samples(), "subset/base");
    run.useData("base-train", base);
    run.useData("test", test);
    RunImages.Entering entering = chosen.entering(data, base.with(data.normalized()));
    try (StartingNetwork start = StartingNetwork.open(run, NETWORK, entering)) {
      Network network = start.network();
      ADAPTER.requireFit(run.settings(), network);
      ImageTransform transform = Normalized.entering(network.card().input().orElseThrow());
      OrderedBatches testPass =
          OrderedBatches.inOrder(test.with(transform), MEASURING_BATCH, run.seed().under("test"));
      Sampling rows =
          NETWORK.isTrained(run.settings())
              ? MeasuredRows.of(MeasuredRows.learned(network.card()), data.train(), base)
              : Sampling.completeSet();
      VariantTrainer trainer =
          trainer(run, network, base.with(transform), testPass)
              .withEvidence(CollapseEvidence.of(run, CHANCE, rows));
      Evaluation before = pretrain(run, trainer, start, base, transform);
      ConfusionMatrix confusion = ConfusionMatrix.of(test.classes(), before);
      int digit = digit(run, confusion);
      ImageSet digitImages = only(data.train(), digit);
      run.useData("adapt-train", digitImages);
      run.progress().say("the adapter learns digit " + digit);
      new DigitTask(run, network, trainer, testPass, new ForgettingLedger(digit, confusion))
          .teach(digitImages, transform, before);
    }
  }

  /** Measures the representation of the base's own images, and the values at taps. */
  private static VariantTrainer trainer(
      RunContext run, Network network, ImageSet base, OrderedBatches testPass) {
    OrderedBatches measured =
        OrderedBatches.inOrder(base, MEASURING_BATCH, run.seed().under("measured/base-train"));
    Taps taps = TAPS.of(run.settings(), network, base.shape());
    Set<CollapseMetric> metrics = ProbeSpec.allButSpectral();
    metrics.remove(OutOfDistribution.NC5_OOD_DEV);
    return new VariantTrainer(
            run, List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, testPass)))
        .withProbe(
            CollapseProbe.withRepresentation(
                run.resources(),
                ProbeSpec.of(measured, taps.points().isEmpty() ? REPRESENTATION : metrics),
                network,
                taps));
  }

  private static Evaluation pretrain(
      RunContext run,
      VariantTrainer trainer,
      StartingNetwork start,
      ImageSet base,
      ImageTransform transform) {
    Network network = start.network();
    int batch = SAMPLES.batch(run.settings());
    int epochs = start.epochs(run.get(BASE_EPOCHS));
    start.freeze();
    VariantLog log = run.beginVariant(new Variant(BASE_VARIANT, "pretrain", Kind.BASE), network);
    List<Evaluation> end =
        trainer.train(
            log,
            network,
            PRETRAINING.over(run.settings(), epochs),
            epochs,
            epoch ->
                OrderedBatches.shuffled(
                    base.with(transform), batch, run.seed().under("pretrain/" + epoch)));
    log.save(network);
    return end.get(0);
  }

  /** The adapter learns its digit, and what that costs. */
  private record DigitTask(
      RunContext run,
      Network network,
      VariantTrainer trainer,
      OrderedBatches testPass,
      ForgettingLedger ledger) {

    void teach(ImageSet digitImages, ImageTransform transform, Evaluation before) {
      run.add(ForgettingLedger.layers(network));
      Adapter adapter = attach();
      run.add(ForgettingLedger.adapter(network));
      Variant variant = new Variant(ADAPTER.variant(run.settings(), rank()), "adapt", Kind.ADAPTER);
      VariantLog log = run.beginVariant(variant, network);
      int every = run.get(EVERY);
      int batches = run.get(STEPS);
      int batch = SAMPLES.batch(run.settings());
      int evaluations = (batches + every - 1) / every;
      OrderedBatches steps =
          digitBatches(digitImages, transform, batch, batches, run.adaptSeed().under("adapt"));
      Evaluation after =
          trainer
              .withMetrics(ledger.follow())
              .train(
                  log,
                  network,
                  ADAPTER.withLoraPlus(
                      run.settings(), ADAPTATION.over(run.settings(), evaluations), adapter),
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
          network, "default", ADAPTER.config(run.settings(), network, rank()), run.adaptSeed());
    }

    private int rank() {
      return ADAPTER.ranks(run.settings()).get(0);
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
              variant.name(), ForgettingLedger.curve(history, run.get(EVERY), run.get(STEPS))));
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
     * The tests of the trained adapter at alpha times 0, 0.1, ... 2: an evaluation each, no
     * training.
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

  private static int digit(RunContext run, ConfusionMatrix confusion) {
    String chosen = run.get(DIGIT);
    return chosen.equals(WORST) ? confusion.worst() : Integer.parseInt(chosen);
  }

  private static ImageSet only(ImageSet images, int digit) {
    int[] rows =
        IntStream.range(0, images.count()).filter(i -> images.labels()[i] == digit).toArray();
    if (rows.length == 0) {
      throw new InvalidInputException(
          "digit=%s: the training images hold none of them".formatted(digit));
    }
    return images.subset(rows);
  }
}

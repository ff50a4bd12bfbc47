package dev.collapsar.learn.recipe.domainshift;

import static dev.collapsar.learn.settings.TrainingSettings.ADAPT;
import static dev.collapsar.learn.settings.TrainingSettings.BASE;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.images.Shift;
import dev.collapsar.learn.network.Network;
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
import dev.collapsar.learn.training.LearnMetrics;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.SampleGrid;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.MetricInfo.Samples;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A small CNN learns clean digits, then copies of it adapt to rotated, noisy ones: all parameters,
 * the head alone, or low-rank updates of both Linear layers. Source: the practical on LoRA for
 * vision, with the shifted test set that it proposes as an extension.
 */
public final class DomainShift implements Recipe {
  private static final DataSettings DATA = new DataSettings("mnist");
  private static final NetworkSettings NETWORK = new NetworkSettings("small-cnn");
  private static final TapSettings TAPS = new TapSettings();
  private static final SampleSettings SAMPLES = SampleSettings.ofBoth(20_000, 2_000, 5_000, 128);
  private static final Setting<Integer> BASE_EPOCHS =
      TrainingSettings.epochs(BASE, 5, "epochs of training the base");
  private static final TrainingSettings PRETRAINING = TrainingSettings.adam(BASE);
  private static final Setting<Integer> ADAPT_EPOCHS =
      TrainingSettings.epochs(ADAPT, 5, "epochs of adaptation");
  private static final TrainingSettings ADAPTATION = TrainingSettings.adam(ADAPT);
  private static final Setting<Double> DEGREES =
      Setting.number("shift.degrees", 25, 0, 180, "largest rotation either way");
  private static final Setting<Double> NOISE =
      Setting.number("shift.noise", 0.15, 0, 10, "standard deviation of the added noise");
  private static final AdapterSettings ADAPTER =
      AdapterSettings.ofRanks(
          List.of(8), new Defaults(16, 0, AdapterSettings.ALL_LINEAR, Initialization.DEFAULT));

  private static final Set<CollapseMetric> METRICS =
      Set.of(
          WithinClass.NC1_PINV,
          WithinClass.NC1_QUOT,
          MeansGeometry.NC1_CDNV,
          MeansGeometry.NC2_ETF_ERR,
          MeansGeometry.NC2_NORM_COV_MEANS,
          DualGeometry.NC2_NORM_COV_WEIGHTS,
          MeansGeometry.NC2_COHERENCE_MEANS,
          DualGeometry.NC2_COHERENCE_WEIGHTS,
          DualGeometry.NC3_DUAL_ERR,
          DualGeometry.NC3_FROBENIUS,
          NearestMean.NC4_AGREE);
  private static final ChanceSettings CHANCE = new ChanceSettings();
  private static final String BASE_VARIANT = "base";
  private static final String STAGE = "adapt";
  private static final int MEASURING_BATCH = 100;
  private static final int SAMPLES_SHOWN = 8;

  @Override
  public String name() {
    return "domain-shift";
  }

  @Override
  public String summary() {
    return "Full, head-only and LoRA adaptation of a network to rotated, noisy images";
  }

  @Override
  public String title(Settings settings) {
    return "Full, head-only and LoRA adaptation of %s to %s turned by up to %s degrees with noise of %s"
        .formatted(
            NETWORK.named(settings),
            DATA.named(settings),
            plain(settings.get(DEGREES)),
            plain(settings.get(NOISE)));
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DATA.settings());
    settings.addAll(NETWORK.settings());
    settings.addAll(TAPS.settings());
    settings.addAll(SAMPLES.settings());
    settings.add(BASE_EPOCHS);
    settings.addAll(PRETRAINING.settings());
    settings.add(ADAPT_EPOCHS);
    settings.addAll(ADAPTATION.settings());
    settings.addAll(List.of(DEGREES, NOISE));
    settings.addAll(ADAPTER.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    settings.addAll(CHANCE.settings());
    return settings;
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(
        Map.of(
            "target.samples", List.of("adapt.samples"),
            "target.epochs", List.of("adapt.epochs"),
            "target.learning-rate", List.of("adapt.learning-rate")));
  }

  @Override
  public List<Preset> quick() {
    return List.of(
        SAMPLES.samples().preset(4000),
        BASE_EPOCHS.preset(2),
        SAMPLES.adapt().preset(1000),
        ADAPT_EPOCHS.preset(2),
        SAMPLES.test().preset(1000));
  }

  @Override
  public Optional<String> whatDependsOn(String epochs, Settings settings) {
    return epochs.equals(ADAPT_EPOCHS.key()) && ADAPTATION.isConstant(settings)
        ? Optional.empty()
        : Recipe.super.whatDependsOn(epochs, settings);
  }

  @Override
  public List<Setting<?>> ofAdaptationAlone() {
    List<Setting<?>> settings = new ArrayList<>(ADAPTATION.settings());
    settings.add(ADAPT_EPOCHS);
    settings.addAll(ADAPTER.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    return settings;
  }

  @Override
  public List<String> variants(Settings settings) {
    List<String> variants = new ArrayList<>(List.of(BASE_VARIANT, "full", "head"));
    ADAPTER.ranks(settings).forEach(rank -> variants.add(ADAPTER.variant(settings, rank)));
    return variants;
  }

  @Override
  public void run(RunContext run) {
    Digits chosen = Digits.of(run);
    try (StartingNetwork start = StartingNetwork.open(run, NETWORK, chosen.entering)) {
      Network base = start.network();
      base.tryOut(); // all of it is trained
      ADAPTER.requireFit(run.settings(), base);
      Digits digits = chosen.entering((InputSpec.Image) base.card().input().orElseThrow());
      digits.show(run);
      int epochs = start.epochs(run.get(BASE_EPOCHS));
      // The base never saw the measured images as they are measured; the others learn them.
      CollapseEvidence evidence = CollapseEvidence.of(run, CHANCE, Sampling.ofPopulation());
      VariantTrainer trainer =
          digits.scoring(run).withProbe(probe(run, digits, base)).withEvidence(evidence);
      start.freeze();
      VariantLog log = run.beginVariant(new Variant(BASE_VARIANT, "pretrain", Kind.BASE), base);
      trainer.train(
          log, base, PRETRAINING.over(run.settings(), epochs), epochs, digits.cleanEpochs(run));
      log.save(base);
      // Every variant sees the same images, turned and blurred alike, in the same order.
      Adaptation adaptation =
          new Adaptation(
              run,
              base,
              trainer.withEvidence(evidence.ofRows(Sampling.completeSet())),
              digits.shiftedEpochs(run));
      adaptation.full();
      adaptation.head();
      ADAPTER.ranks(run.settings()).forEach(adaptation::adapter);
    }
  }

  /** What all variants have in common. */
  private record Adaptation(
      RunContext run, Network base, VariantTrainer trainer, IntFunction<OrderedBatches> passes) {
    void full() {
      try (Network full = base.copy()) {
        train(new Variant("full", STAGE, Kind.FULL), full, training()).save(full);
      }
    }

    void head() {
      try (Network head = base.copy()) {
        head.weights().setTrainableOnly(base.head().name());
        train(new Variant("head", STAGE, Kind.HEAD), head, training()).save(head);
      }
    }

    void adapter(int rank) {
      try (Network adapted = base.copy()) {
        Settings chosen = run.settings();
        Adapter adapter =
            Adapter.attach(adapted, "default", ADAPTER.config(chosen, base, rank), run.adaptSeed());
        train(
                new Variant(ADAPTER.variant(chosen, rank), STAGE, Kind.ADAPTER),
                adapted,
                ADAPTER.withLoraPlus(chosen, training(), adapter))
            .save(adapter.toFile(), BASE_VARIANT);
      }
    }

    private TrainingSpec training() {
      return ADAPTATION.over(run.settings(), run.get(ADAPT_EPOCHS));
    }

    private VariantLog train(Variant variant, Network network, TrainingSpec training) {
      VariantLog log = run.beginVariant(variant, network);
      trainer.train(log, network, training, run.get(ADAPT_EPOCHS), passes);
      return log;
    }
  }

  /** Of the target images, shifted: what the variants learn. */
  private static CollapseProbe probe(RunContext run, Digits digits, Network base) {
    return CollapseProbe.withRepresentation(
        run.resources(),
        ProbeSpec.of(digits.measured(run), METRICS),
        base,
        TAPS.of(run.settings(), base, digits.clean.shape()));
  }

  /**
   * The images that take part, clean and shifted.
   *
   * @param entering the clean ones, as the user wants them to enter
   * @param pixels what the network expects
   */
  private record Digits(
      RunImages.Entering entering,
      ImageSet clean,
      ImageSet target,
      ImageSet test,
      Shift shift,
      InputSpec.Image pixels) {
    static Digits of(RunContext run) {
      RunImages chosen = new RunImages(run, DATA);
      ImageData data = chosen.load();
      ImageSet train = data.train();
      ImageSet test = chosen.sample(data.test(), SAMPLES.test(), "subset/test");
      ImageSet clean = chosen.sample(train, SAMPLES.samples(), "subset/base");
      ImageSet target = chosen.sample(train, SAMPLES.adapt(), "subset/target");
      run.useData("base-train", clean);
      run.useData("target-train", target);
      run.useData("test", test);
      Shift shift = new Shift(run.get(DEGREES), run.get(NOISE));
      return new Digits(chosen.entering(data, clean), clean, target, test, shift, clean.input());
    }

    /** The same for a network that expects such an input. */
    Digits entering(InputSpec.Image input) {
      return new Digits(entering, clean, target, test, shift, input);
    }

    void show(RunContext run) {
      SampleGrid.row("base", cleanTest(run), SAMPLES_SHOWN).forEach(run::addSample);
      SampleGrid.row("shifted", shiftedTest(run), SAMPLES_SHOWN).forEach(run::addSample);
      run.note(
          "Collapse metrics are of the representation of the target training images, under one"
              + " fixed draw of the shift; accuracy_shifted is on the same test images as"
              + " accuracy_test, likewise under one fixed draw.");
    }

    VariantTrainer scoring(RunContext run) {
      return new VariantTrainer(
          run,
          List.of(
              new TestSet("clean test", LearnMetrics.ACCURACY_TEST, cleanTest(run)),
              new TestSet(
                  Samples.SHIFTED_TEST.set(), LearnMetrics.ACCURACY_SHIFTED, shiftedTest(run))));
    }

    OrderedBatches cleanTest(RunContext run) {
      return measuring(test, Normalized.entering(pixels), run.seed().under("test/clean"));
    }

    OrderedBatches shiftedTest(RunContext run) {
      return measuring(test, shift.entering(pixels), run.seed().under("test/shifted"));
    }

    OrderedBatches measured(RunContext run) {
      return measuring(target, shift.entering(pixels), run.seed().under("target/measured"));
    }

    IntFunction<OrderedBatches> cleanEpochs(RunContext run) {
      return epochs(run, clean, Normalized.entering(pixels), run.seed(), "pretrain/");
    }

    IntFunction<OrderedBatches> shiftedEpochs(RunContext run) {
      return epochs(run, target, shift.entering(pixels), run.adaptSeed(), "adapt/");
    }

    private static IntFunction<OrderedBatches> epochs(
        RunContext run, ImageSet images, ImageTransform transform, Seed seed, String stream) {
      int batch = SAMPLES.batch(run.settings());
      return epoch ->
          OrderedBatches.shuffled(images.with(transform), batch, seed.under(stream + epoch));
    }

    private static OrderedBatches measuring(
        ImageSet images, ImageTransform transform, Seed chance) {
      return OrderedBatches.inOrder(images.with(transform), MEASURING_BATCH, chance);
    }
  }
}

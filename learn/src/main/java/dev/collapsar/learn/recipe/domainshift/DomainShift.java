package dev.collapsar.learn.recipe.domainshift;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.SampleGrid;
import dev.collapsar.learn.images.Shift;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
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
  private static final Setting<Integer> BASE_SAMPLES =
      Setting.integer(
          "base.samples", 20_000, 1, 60_000, "clean images that the base is trained on");
  private static final Setting<Integer> BASE_EPOCHS =
      Setting.integer("base.epochs", 5, 0, 10_000, "epochs of training the base");
  private static final Setting<Double> BASE_RATE =
      Setting.positive("base.learning-rate", 1e-3, 10, "Adam's learning rate for the base");
  private static final Setting<Integer> TARGET_SAMPLES =
      Setting.integer("target.samples", 2_000, 1, 60_000, "shifted images that variants adapt to");
  private static final Setting<Integer> TARGET_EPOCHS =
      Setting.integer("target.epochs", 5, 0, 10_000, "epochs of adaptation");
  private static final Setting<Double> TARGET_RATE =
      Setting.positive("target.learning-rate", 1e-3, 10, "Adam's learning rate for adaptation");
  private static final Setting<Integer> TEST_SAMPLES =
      Setting.integer("test.samples", 5_000, 1, 10_000, "test images, clean and shifted");
  private static final Setting<Integer> BATCH =
      Setting.integer("batch", 128, 1, 60_000, "images a training step");
  private static final Setting<Double> DEGREES =
      Setting.number("shift.degrees", 25, 0, 180, "largest rotation either way");
  private static final Setting<Double> NOISE =
      Setting.number("shift.noise", 0.15, 0, 10, "standard deviation of the added noise");
  // The widest Linear layer, 3136 to 128, has full rank 128.
  private static final Setting<List<Integer>> RANK =
      Setting.integers(
          "lora.rank", List.of(8), 1, 128, "rank of the updates; several make a variant each");
  private static final Setting<Double> ALPHA =
      Setting.positive("lora.alpha", 16, 1e6, "the updates are scaled by alpha / rank");

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
  private static final String ADAPT = "adapt";
  private static final int MEASURING_BATCH = 100;
  private static final int SAMPLES_SHOWN = 8;

  @Override
  public String name() {
    return "domain-shift";
  }

  @Override
  public String summary() {
    return "Full, head-only and LoRA adaptation of a small CNN to rotated, noisy digits";
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
            TARGET_SAMPLES,
            TARGET_EPOCHS,
            TARGET_RATE,
            TEST_SAMPLES,
            BATCH,
            DEGREES,
            NOISE,
            RANK,
            ALPHA));
    return settings;
  }

  @Override
  public List<Preset> quick() {
    return List.of(
        BASE_SAMPLES.preset(4000),
        BASE_EPOCHS.preset(2),
        TARGET_SAMPLES.preset(1000),
        TARGET_EPOCHS.preset(2),
        TEST_SAMPLES.preset(1000));
  }

  @Override
  public Optional<String> whatDependsOn(String epochs) {
    return epochs.equals(TARGET_EPOCHS.key())
        ? Optional.empty()
        : Recipe.super.whatDependsOn(epochs);
  }

  @Override
  public void run(RunContext run) {
    Digits digits = Digits.of(run);
    digits.show(run);
    try (Network base = StartingNetwork.open(run, NETWORK, digits.clean)) {
      VariantTrainer trainer = digits.scoring(run).withProbe(probe(run, digits, base));
      trainer.train(
          run.beginVariant(new Variant("base", "pretrain", Kind.BASE), base),
          base,
          adam(run, BASE_RATE),
          NETWORK.isTrained(run.settings()) ? 0 : run.get(BASE_EPOCHS),
          digits.cleanEpochs(run));
      // Every variant sees the same images, turned and blurred alike, in the same order.
      IntFunction<Pass> epochs = digits.shiftedEpochs(run);
      full(run, base, trainer, epochs);
      head(run, base, trainer, epochs);
      run.get(RANK).forEach(rank -> adapter(run, base, trainer, epochs, rank));
    }
  }

  private static void full(
      RunContext run, Network base, VariantTrainer trainer, IntFunction<Pass> epochs) {
    try (Network full = base.copy()) {
      adapt(run, new Variant("full", ADAPT, Kind.FULL), full, trainer, epochs);
    }
  }

  private static void head(
      RunContext run, Network base, VariantTrainer trainer, IntFunction<Pass> epochs) {
    try (Network head = base.copy()) {
      head.weights().setTrainableOnly(base.head().name());
      adapt(run, new Variant("head", ADAPT, Kind.HEAD), head, trainer, epochs);
    }
  }

  private static void adapter(
      RunContext run, Network base, VariantTrainer trainer, IntFunction<Pass> epochs, int rank) {
    try (Network adapted = base.copy()) {
      AdapterConfig config =
          AdapterConfig.of(new ModuleSelector.AllLinear(), rank, run.get(ALPHA)).build();
      Adapter adapter = Adapter.attach(adapted, "default", config, run.seed());
      Variant variant = new Variant("lora-r" + rank, ADAPT, Kind.ADAPTER);
      adapt(run, variant, adapted, trainer, epochs).save(adapter.toFile());
    }
  }

  private static VariantLog adapt(
      RunContext run,
      Variant variant,
      Network network,
      VariantTrainer trainer,
      IntFunction<Pass> epochs) {
    VariantLog log = run.beginVariant(variant, network);
    trainer.train(log, network, adam(run, TARGET_RATE), run.get(TARGET_EPOCHS), epochs);
    return log;
  }

  /** Of the target images, shifted: what the variants learn. */
  private static CollapseProbe probe(RunContext run, Digits digits, Network base) {
    return CollapseProbe.withRepresentation(
        run.resources(),
        ProbeSpec.of(digits.measured(run), METRICS),
        base,
        TAPS.of(run.settings(), base, digits.clean.shape()));
  }

  private static TrainingSpec adam(RunContext run, Setting<Double> rate) {
    return TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(run.get(rate)));
  }

  /** The images that take part, clean and shifted. */
  private record Digits(ImageSet clean, ImageSet target, ImageSet test, Shift shift) {
    static Digits of(RunContext run) {
      ImageData data = new RunImages(run, DATA).load();
      ImageSet train = data.train();
      Seed seed = run.seed();
      ImageSet test = data.test().sample(run.get(TEST_SAMPLES), seed.random("subset/test"));
      ImageSet clean = train.sample(run.get(BASE_SAMPLES), seed.random("subset/base"));
      ImageSet target = train.sample(run.get(TARGET_SAMPLES), seed.random("subset/target"));
      run.useData("base-train", clean);
      run.useData("target-train", target);
      run.useData("test", test);
      return new Digits(clean, target, test, new Shift(run.get(DEGREES), run.get(NOISE)));
    }

    void show(RunContext run) {
      SampleGrid.row("base", cleanTest(run), SAMPLES_SHOWN).forEach(run::addSample);
      SampleGrid.row("shifted", shiftedTest(run), SAMPLES_SHOWN).forEach(run::addSample);
      run.note(
          "Collapse metrics are of the representation of the target training images, under one fixed draw of the shift;"
              + " accuracy_shifted is on the same test images as accuracy_test, likewise under one fixed draw.");
    }

    VariantTrainer scoring(RunContext run) {
      return new VariantTrainer(
          run,
          List.of(
              new TestSet("clean test", "accuracy_test", cleanTest(run)),
              new TestSet("shifted test", "accuracy_shifted", shiftedTest(run))));
    }

    Pass cleanTest(RunContext run) {
      return measuring(test, ImageTransform.unit(), run.seed().under("test/clean"));
    }

    Pass shiftedTest(RunContext run) {
      return measuring(test, shift, run.seed().under("test/shifted"));
    }

    Pass measured(RunContext run) {
      return measuring(target, shift, run.seed().under("target/measured"));
    }

    IntFunction<Pass> cleanEpochs(RunContext run) {
      return epochs(run, clean, ImageTransform.unit(), "pretrain/");
    }

    IntFunction<Pass> shiftedEpochs(RunContext run) {
      return epochs(run, target, shift, "adapt/");
    }

    private static IntFunction<Pass> epochs(
        RunContext run, ImageSet images, ImageTransform transform, String stream) {
      int batch = run.get(BATCH);
      return epoch ->
          Pass.shuffled(images.with(transform), batch, run.seed().under(stream + epoch));
    }

    private static Pass measuring(ImageSet images, ImageTransform transform, Seed chance) {
      return Pass.inOrder(images.with(transform), MEASURING_BATCH, chance);
    }
  }
}

package dev.collapsar.learn.experiment;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.images.SampleGrid;
import dev.collapsar.learn.images.Shift;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.NearestMean;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A small CNN learns clean digits, then copies of it adapt to rotated, noisy ones: all parameters,
 * the head alone, or low-rank updates of both Linear layers. Source: the practical on LoRA for
 * vision, with the shifted test set that it proposes as an extension.
 */
final class DomainShift implements Recipe {
  private static final DataChoice DATA = new DataChoice("mnist");
  private static final NetworkChoice NETWORK = new NetworkChoice("small-cnn");
  private static final TapChoice TAPS = new TapChoice();
  private static final Setting<Integer> BASE_SAMPLES =
      Setting.whole("base.samples", 20_000, 1, 60_000, "clean images that the base is trained on");
  private static final Setting<Integer> BASE_EPOCHS =
      Setting.whole("base.epochs", 5, 0, 10_000, "epochs of training the base");
  private static final Setting<Double> BASE_RATE =
      Setting.positive("base.learning-rate", 1e-3, 10, "Adam's learning rate for the base");
  private static final Setting<Integer> TARGET_SAMPLES =
      Setting.whole("target.samples", 2_000, 1, 60_000, "shifted images that variants adapt to");
  private static final Setting<Integer> TARGET_EPOCHS =
      Setting.whole("target.epochs", 5, 0, 10_000, "epochs of adaptation");
  private static final Setting<Double> TARGET_RATE =
      Setting.positive("target.learning-rate", 1e-3, 10, "Adam's learning rate for adaptation");
  private static final Setting<Integer> TEST_SAMPLES =
      Setting.whole("test.samples", 5_000, 1, 10_000, "test images, clean and shifted");
  private static final Setting<Integer> BATCH =
      Setting.whole("batch", 128, 1, 60_000, "images a training step");
  private static final Setting<Double> DEGREES =
      Setting.number("shift.degrees", 25, 0, 180, "largest rotation either way");
  private static final Setting<Double> NOISE =
      Setting.number("shift.noise", 0.15, 0, 10, "standard deviation of the added noise");
  // The widest Linear layer, 3136 to 128, has full rank 128.
  private static final Setting<List<Integer>> RANK =
      Setting.wholes(
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
  public Map<String, String> quick() {
    return Map.of(
        BASE_SAMPLES.key(), "4000",
        BASE_EPOCHS.key(), "2",
        TARGET_SAMPLES.key(), "1000",
        TARGET_EPOCHS.key(), "2",
        TEST_SAMPLES.key(), "1000");
  }

  @Override
  public void run(Experiment experiment) {
    Seed seed = experiment.seed();
    ImageData data = DATA.load(experiment);
    ImageSet train = data.train();
    ImageSet test = data.test().sample(experiment.get(TEST_SAMPLES), seed.random("subset/test"));
    ImageSet clean = train.sample(experiment.get(BASE_SAMPLES), seed.random("subset/base"));
    ImageSet target = train.sample(experiment.get(TARGET_SAMPLES), seed.random("subset/target"));
    experiment.uses("base-train", clean);
    experiment.uses("target-train", target);
    experiment.uses("test", test);

    Shift shift = new Shift(experiment.get(DEGREES), experiment.get(NOISE));
    Pass cleanTest = measuring(test, ImageTransform.unit(), seed.under("test/clean"));
    Pass shiftedTest = measuring(test, shift, seed.under("test/shifted"));
    Pass representation = measuring(target, shift, seed.under("target/measured"));
    SampleGrid.row("base", cleanTest, SAMPLES_SHOWN).forEach(experiment::shows);
    SampleGrid.row("shifted", shiftedTest, SAMPLES_SHOWN).forEach(experiment::shows);
    experiment.note(
        "Collapse metrics are of the representation of the target training images, under one fixed draw of the shift;"
            + " accuracy_shifted is on the same test images as accuracy_test, likewise under one fixed draw.");

    FineTuning scoring =
        new FineTuning(
            experiment,
            List.of(
                new FineTuning.TestSet("clean test", "accuracy_test", cleanTest),
                new FineTuning.TestSet("shifted test", "accuracy_shifted", shiftedTest)),
            List.of());
    int batch = experiment.get(BATCH);
    IntFunction<Pass> cleanEpochs =
        epoch ->
            Pass.shuffled(clean, ImageTransform.unit(), batch, seed.under("pretrain/" + epoch));
    // Every variant sees the same images, turned and blurred alike, in the same order.
    IntFunction<Pass> shiftedEpochs =
        epoch -> Pass.shuffled(target, shift, batch, seed.under("adapt/" + epoch));

    try (Network base = NETWORK.open(experiment, train)) {
      Geometry geometry =
          new Geometry(
              experiment,
              Geometry.Sets.of(representation),
              METRICS,
              base,
              TAPS.of(experiment, base, train.shape()));
      FineTuning tuning = scoring.withGeometry(geometry, List.of());
      int baseEpochs = NETWORK.isTrained(experiment) ? 0 : experiment.get(BASE_EPOCHS);
      tuning.train("base", "pretrain", base, adam(experiment, BASE_RATE), baseEpochs, cleanEpochs);
      TrainingSpec adam = adam(experiment, TARGET_RATE);
      int epochs = experiment.get(TARGET_EPOCHS);
      try (Network full = base.copy()) {
        tuning.train("full", "adapt", full, adam, epochs, shiftedEpochs);
      }
      try (Network head = base.copy()) {
        head.setTrainableOnly(base.spec().head());
        tuning.train("head", "adapt", head, adam, epochs, shiftedEpochs);
      }
      for (int rank : experiment.get(RANK)) {
        try (Network adapted = base.copy()) {
          String variant = "lora-r" + rank;
          AdapterConfig lora =
              AdapterConfig.of(new ModuleSelector.AllLinear(), rank, experiment.get(ALPHA)).build();
          Adapter adapter = Adapter.attach(adapted, "default", lora, seed);
          tuning.train(variant, "adapt", adapted, adam, epochs, shiftedEpochs);
          experiment.keeps(variant, adapter.toFile());
        }
      }
    }
  }

  private static TrainingSpec adam(Experiment experiment, Setting<Double> rate) {
    return TrainingSpec.of(OptimizerSpec.Adam.withLearningRate(experiment.get(rate)));
  }

  private static Pass measuring(ImageSet images, ImageTransform transform, Seed chance) {
    return Pass.inOrder(images, transform, MEASURING_BATCH, chance);
  }
}

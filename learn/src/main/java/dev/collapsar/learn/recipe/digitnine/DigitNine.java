package dev.collapsar.learn.recipe.digitnine;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.MeasuredRows;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TrainingSettings;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * An MLP learns MNIST, then rank-1 updates of its three layers learn the digit that it gets wrong
 * most, from 100 small batches of that digit alone; and what that costs on the other digits.
 * Source: the notebook on LoRA as a weight parametrization, with the forgetting that it leaves out.
 */
public final class DigitNine implements Recipe {
  private static final int MEASURING_BATCH = 500;

  /** What a page of one adapter has room for. */
  private static final Set<CollapseMetric> REPRESENTATION =
      Set.of(
          WithinClass.NC1_PINV,
          WithinClass.NC1_QUOT,
          MeansGeometry.NC2_ETF_ERR,
          MeansGeometry.NC2_NORM_COV_MEANS,
          DualGeometry.NC3_COS_MEAN,
          NearestMean.NC4_AGREE);

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
    String digit = settings.get(DigitNineSettings.DIGIT);
    return "LoRA of rank %s teaches %s on %s %s; what it forgets meanwhile"
        .formatted(
            DigitNineSettings.ADAPTER.ranks(settings).get(0),
            DigitNineSettings.NETWORK.named(settings),
            DigitNineSettings.DATA.named(settings),
            digit.equals(DigitNineSettings.WORST)
                ? "the digit that it gets wrong most"
                : "digit " + digit);
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DigitNineSettings.DATA.settings());
    settings.addAll(DigitNineSettings.NETWORK.settings());
    settings.addAll(DigitNineSettings.TAPS.settings());
    settings.addAll(DigitNineSettings.SAMPLES.settings());
    settings.add(DigitNineSettings.BASE_EPOCHS);
    settings.addAll(DigitNineSettings.PRETRAINING.settings());
    settings.add(DigitNineSettings.DIGIT);
    settings.addAll(DigitNineSettings.ADAPTER.settings());
    settings.addAll(DigitNineSettings.ADAPTATION.settings());
    settings.addAll(
        List.of(DigitNineSettings.STEPS, DigitNineSettings.EVERY, TrainingSettings.ADAPT_SEED));
    settings.addAll(DigitNineSettings.CHANCE.settings());
    return settings;
  }

  @Override
  public List<Setting<?>> ofAdaptationAlone() {
    List<Setting<?>> settings = new ArrayList<>(DigitNineSettings.ADAPTER.settings());
    settings.addAll(DigitNineSettings.ADAPTATION.settings());
    settings.addAll(
        List.of(
            DigitNineSettings.DIGIT,
            DigitNineSettings.STEPS,
            DigitNineSettings.EVERY,
            TrainingSettings.ADAPT_SEED));
    return settings;
  }

  @Override
  public List<String> variants(Settings settings) {
    int rank = DigitNineSettings.ADAPTER.ranks(settings).get(0);
    return List.of(DigitTask.BASE_VARIANT, DigitNineSettings.ADAPTER.variant(settings, rank));
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
    return List.of(
        DigitNineSettings.SAMPLES.samples().preset(6000),
        DigitNineSettings.SAMPLES.test().preset(2000),
        DigitNineSettings.STEPS.preset(50));
  }

  @Override
  public void run(RunContext run) {
    RunImages chosen = new RunImages(run, DigitNineSettings.DATA);
    ImageData data = chosen.load();
    ImageSet test = chosen.sample(data.test(), DigitNineSettings.SAMPLES.test(), "subset/test");
    ImageSet base = chosen.sample(data.train(), DigitNineSettings.SAMPLES.samples(), "subset/base");
    run.useData("base-train", base);
    run.useData("test", test);
    RunImages.Entering entering = chosen.entering(data, base.with(data.normalized()));
    try (StartingNetwork start = StartingNetwork.open(run, DigitNineSettings.NETWORK, entering)) {
      Network network = start.network();
      DigitNineSettings.ADAPTER.requireFit(run.settings(), network);
      ImageTransform transform = Normalized.entering(network.card().input().orElseThrow());
      OrderedBatches testPass =
          OrderedBatches.inOrder(test.with(transform), MEASURING_BATCH, run.seed().under("test"));
      Sampling rows =
          DigitNineSettings.NETWORK.isTrained(run.settings())
              ? MeasuredRows.of(MeasuredRows.learned(network.card()), data.train(), base)
              : Sampling.completeSet();
      VariantTrainer trainer =
          trainer(run, network, base.with(transform), testPass)
              .withEvidence(CollapseEvidence.of(run, DigitNineSettings.CHANCE, rows));
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
    Taps taps = DigitNineSettings.TAPS.of(run.settings(), network, base.shape());
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
    int batch = DigitNineSettings.SAMPLES.batch(run.settings());
    int epochs = start.epochs(run.get(DigitNineSettings.BASE_EPOCHS));
    start.freeze();
    VariantLog log =
        run.beginVariant(new Variant(DigitTask.BASE_VARIANT, "pretrain", Kind.BASE), network);
    List<Evaluation> end =
        trainer.train(
            log,
            network,
            DigitNineSettings.PRETRAINING.over(run.settings(), epochs),
            epochs,
            epoch ->
                OrderedBatches.shuffled(
                    base.with(transform), batch, run.seed().under("pretrain/" + epoch)));
    log.save(network);
    return end.get(0);
  }

  private static int digit(RunContext run, ConfusionMatrix confusion) {
    String chosen = run.get(DigitNineSettings.DIGIT);
    return chosen.equals(DigitNineSettings.WORST) ? confusion.worst() : Integer.parseInt(chosen);
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

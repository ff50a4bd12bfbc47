package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.LearnMetrics;
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
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.SampleSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/**
 * A residual network that has learned its classes is trained further: its head by low-rank updates
 * of several ranks, its head alone, all of it. Does the collapse of its representation persist, and
 * do the updates' directions lie along the class means? Source: experiment 3 of the NC x LoRA
 * notebook, whose set-up {@code lora-ranks-cifar10} is.
 */
public final class LoraRanks implements Recipe {
  private static final TrainingSettings PRETRAINING =
      TrainingSettings.steps(TrainingSettings.BASE, 0.1);
  private static final int MEASURING_BATCH = 500;

  private final String name;
  private final String summary;
  private final DataSettings data;
  private final NetworkSettings network;
  private final TapSettings taps = new TapSettings();
  private final SampleSettings samples;
  private final Setting<Integer> baseEpochs;
  private final RankSweep sweep;
  private final List<Preset> small;

  private LoraRanks(
      String name,
      String summary,
      DataSettings data,
      NetworkSettings network,
      int trainSamples,
      int baseEpochs,
      List<Preset> small) {
    this.name = name;
    this.summary = summary;
    this.data = data;
    this.network = network;
    this.samples = SampleSettings.of(trainSamples, 10_000, 128);
    this.baseEpochs =
        TrainingSettings.epochs(TrainingSettings.BASE, baseEpochs, "epochs of the base");
    this.sweep = new RankSweep(network);
    this.small = small;
  }

  /** On the bundled digits, in minutes. */
  public static LoraRanks onDigits() {
    return new LoraRanks(
        "lora-ranks",
        "LoRA of several ranks on the head of a trained network, against its class means",
        new DataSettings("mnist"),
        new NetworkSettings("resnet18", 8, 2),
        5_000,
        40,
        List.of());
  }

  /** The notebook's set-up. */
  public static LoraRanks onCifar10() {
    NetworkSettings network = new NetworkSettings("resnet18");
    return new LoraRanks(
        "lora-ranks-cifar10",
        "The same as lora-ranks in the set-up of the NC x LoRA notebook",
        new DataSettings("cifar10"),
        network,
        50_000,
        250,
        List.of(network.ofWidth(8), PRETRAINING.ofRate(0.05)));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return summary;
  }

  @Override
  public String title(Settings settings) {
    return "Updates of %s on %s against its class means: %s"
        .formatted(network.named(settings), data.named(settings), sweep.inWords(settings));
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(data.settings());
    settings.addAll(network.settings());
    settings.addAll(taps.settings());
    settings.addAll(samples.settings());
    settings.add(baseEpochs);
    settings.addAll(PRETRAINING.settings());
    settings.addAll(sweep.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    return settings;
  }

  @Override
  public List<Setting<?>> ofAdaptationAlone() {
    List<Setting<?>> settings = new ArrayList<>(taps.settings());
    settings.addAll(sweep.settings());
    settings.add(TrainingSettings.ADAPT_SEED);
    return settings;
  }

  @Override
  public List<String> variants(Settings settings) {
    return sweep.variants(settings);
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(
        Map.of(
            "train.samples", List.of("samples"),
            "epochs", List.of("adapt.epochs"),
            "learning-rate", List.of("adapt.learning-rate"),
            "momentum", List.of("base.momentum", "adapt.momentum"),
            "weight-decay", List.of("base.weight-decay", "adapt.weight-decay")));
  }

  @Override
  public List<Preset> quick() {
    List<Preset> quick = new ArrayList<>(sweep.quick());
    quick.addAll(
        List.of(samples.samples().preset(1000), samples.test().preset(1000), baseEpochs.preset(2)));
    quick.addAll(small);
    return quick;
  }

  @Override
  public Optional<String> whatDependsOn(String epochs, Settings settings) {
    return sweep.isFree(epochs, settings)
        ? Optional.empty()
        : Recipe.super.whatDependsOn(epochs, settings);
  }

  @Override
  public void run(RunContext run) {
    Seed seed = run.seed();
    RunImages chosen = new RunImages(run, data);
    ImageData images = chosen.load();
    ImageSet train = chosen.sample(images.train(), samples.samples(), "subset/train");
    ImageSet test = chosen.sample(images.test(), samples.test(), "subset/test");
    chosen.requireOfEachClass(train, samples.samples(), 2);
    if (train.classes().size() < 2) {
      throw chosen.misfit("there is one class; alignment needs at least two");
    }
    run.useData("train", train);
    run.useData("test", test);
    RunImages.Entering entering = chosen.entering(images, train.with(images.normalized()));
    try (StartingNetwork start = StartingNetwork.open(run, network, entering)) {
      Network base = start.network();
      sweep.requireFit(run, base);
      ImageTransform transform = Normalized.entering(base.card().input().orElseThrow());
      OrderedBatches measuredTrain = measuring(train.with(transform), seed.under("measured/train"));
      OrderedBatches measuredTest = measuring(test.with(transform), seed.under("measured/test"));
      List<TestSet> tests = List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, measuredTest));
      Taps at = taps.of(run.settings(), base, train.shape());
      VariantTrainer trainer = new VariantTrainer(run, tests);
      sweep.run(
          pretrain(
              trainer,
              start,
              measuredRows(run, base, images.train(), train),
              shuffled(run, train.with(transform), seed, "pretrain/")),
          trainer,
          measuredTrain,
          at,
          shuffled(run, train.with(transform), run.adaptSeed(), "adapt/"));
    }
  }

  private StartedBase pretrain(
      VariantTrainer trainer,
      StartingNetwork start,
      Sampling rows,
      IntFunction<OrderedBatches> passes) {
    RunContext run = trainer.run();
    Network base = start.network();
    int epochs = start.epochs(run.get(baseEpochs));
    start.freeze();
    VariantLog log = run.beginVariant(new Variant(RankSweep.BASE, "pretrain", Kind.BASE), base);
    trainer.train(log, base, PRETRAINING.over(run.settings(), epochs), epochs, passes);
    log.save(base);
    return new StartedBase(base, log, epochs, rows);
  }

  /** All that the base was trained on; of one from elsewhere as its card says, if it does. */
  private Sampling measuredRows(RunContext run, Network base, ImageSet all, ImageSet measured) {
    OptionalLong learned = MeasuredRows.learned(base.card());
    boolean taken = learned.isEmpty() && measured.count() == all.count();
    return !network.isTrained(run.settings()) || taken
        ? Sampling.completeSet()
        : MeasuredRows.of(learned, all, measured);
  }

  private IntFunction<OrderedBatches> shuffled(
      RunContext run, ImageSet train, Seed seed, String stream) {
    int batch = samples.batch(run.settings());
    return epoch -> OrderedBatches.shuffled(train, batch, seed.under(stream + epoch));
  }

  private static OrderedBatches measuring(ImageSet set, Seed seed) {
    return OrderedBatches.inOrder(set, MEASURING_BATCH, seed);
  }
}

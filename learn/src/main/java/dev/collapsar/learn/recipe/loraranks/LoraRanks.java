package dev.collapsar.learn.recipe.loraranks;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.OptimizerSettings;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A residual network that has learned its classes is trained further: its head by low-rank updates
 * of several ranks, its head alone, all of it. Does the collapse of its representation persist, and
 * do the updates' directions lie along the class means? Source: experiment 3 of the NC x LoRA
 * notebook, whose set-up {@code lora-ranks-cifar10} is.
 */
public final class LoraRanks implements Recipe {
  private static final int MEASURING_BATCH = 500;

  private final String name;
  private final String summary;
  private final DataSettings data;
  private final NetworkSettings network;
  private final TapSettings taps = new TapSettings();
  private final Setting<Integer> trainSamples;
  private final Setting<Integer> baseEpochs;
  private final Setting<Double> baseRate;
  private final Setting<Integer> testSamples =
      Setting.integer("test.samples", 10_000, 1, 10_000, "test images");
  private final OptimizerSettings sgd = new OptimizerSettings();
  private final RankSweep sweep = new RankSweep(sgd);

  private LoraRanks(
      String name,
      String summary,
      DataSettings data,
      NetworkSettings network,
      int trainSamples,
      int baseEpochs,
      double baseRate) {
    this.name = name;
    this.summary = summary;
    this.data = data;
    this.network = network;
    this.trainSamples =
        Setting.integer("train.samples", trainSamples, 1, 60_000, "training images, all measured");
    this.baseEpochs = Setting.integer("base.epochs", baseEpochs, 0, 10_000, "epochs of the base");
    this.baseRate =
        Setting.positive(
            "base.learning-rate",
            baseRate,
            10,
            "SGD's for the base, a tenth after 1/3 and 2/3 of its epochs");
  }

  /** On the bundled digits, in minutes. */
  public static LoraRanks onDigits() {
    return new LoraRanks(
        "lora-ranks",
        "LoRA of ranks 1 to 16 on a collapsed ResNet-18's head, against its class means",
        new DataSettings("mnist"),
        new NetworkSettings("resnet18", 8, 2),
        5_000,
        6,
        0.1);
  }

  /** The notebook's set-up. */
  public static LoraRanks onCifar10() {
    return new LoraRanks(
        "lora-ranks-cifar10",
        "The same on CIFAR-10 with a full-width ResNet-18, as in the NC x LoRA notebook",
        new DataSettings("cifar10"),
        new NetworkSettings("resnet18"),
        50_000,
        250,
        0.1);
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
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(data.settings());
    settings.addAll(network.settings());
    settings.addAll(taps.settings());
    settings.addAll(List.of(trainSamples, testSamples, baseEpochs, baseRate));
    settings.addAll(sgd.settings());
    settings.addAll(sweep.settings());
    return settings;
  }

  @Override
  public List<Preset> quick() {
    List<Preset> quick = new ArrayList<>(sweep.quick());
    quick.addAll(
        List.of(trainSamples.preset(1000), testSamples.preset(1000), baseEpochs.preset(2)));
    return quick;
  }

  @Override
  public Optional<String> whatDependsOn(String epochs) {
    return epochs.equals(sweep.epochsKey()) ? Optional.empty() : Recipe.super.whatDependsOn(epochs);
  }

  @Override
  public void run(RunContext run) {
    Seed seed = run.seed();
    RunImages chosen = new RunImages(run, data);
    ImageData images = chosen.load();
    ImageSet train = images.train().sample(run.get(trainSamples), seed.random("subset/train"));
    ImageSet test = images.test().sample(run.get(testSamples), seed.random("subset/test"));
    requireSamples(run, chosen, train);
    run.useData("train", train);
    run.useData("test", test);
    Pass measuredTrain = measuring(images, train, seed.under("measured/train"));
    Pass measuredTest = measuring(images, test, seed.under("measured/test"));
    List<TestSet> tests = List.of(new TestSet("test", "accuracy_test", measuredTest));
    try (Network base = StartingNetwork.open(run, network, train)) {
      Taps at = taps.of(run.settings(), base, train.shape());
      pretrain(run, base, tests, shuffled(run, images, train, "pretrain/"));
      sweep.run(run, base, tests, measuredTrain, at, shuffled(run, images, train, "adapt/"));
    }
  }

  private void pretrain(
      RunContext run, Network base, List<TestSet> tests, IntFunction<Pass> passes) {
    int epochs = network.isTrained(run.settings()) ? 0 : run.get(baseEpochs);
    new VariantTrainer(run, tests)
        .train(
            run.beginVariant(new Variant("base", "pretrain", Kind.BASE), base),
            base,
            sgd.at(run.settings(), run.get(baseRate)).withSchedule(Schedule.tenthAtThirds(epochs)),
            epochs,
            passes);
  }

  private void requireSamples(RunContext run, RunImages chosen, ImageSet train) {
    long[] counts = new long[train.classes().size()];
    Arrays.stream(train.labels()).forEach(label -> counts[label]++);
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] < 2) {
        throw new InvalidInputException(
            "train.samples=%d: class %s has %d of them; measuring needs at least 2 a class"
                .formatted(run.get(trainSamples), train.classes().get(k), counts[k]));
      }
    }
    if (counts.length < 2) {
      throw chosen.misfit("there is one class; alignment needs at least two");
    }
  }

  private IntFunction<Pass> shuffled(
      RunContext run, ImageData images, ImageSet train, String stream) {
    int batch = sgd.batch(run.settings());
    return epoch ->
        Pass.shuffled(train.with(images.normalized()), batch, run.seed().under(stream + epoch));
  }

  private static Pass measuring(ImageData images, ImageSet set, Seed seed) {
    return Pass.inOrder(set.with(images.normalized()), MEASURING_BATCH, seed);
  }
}

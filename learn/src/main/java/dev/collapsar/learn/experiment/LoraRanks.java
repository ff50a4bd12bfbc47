package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A residual network that has learned its classes is trained further: its head by low-rank updates
 * of several ranks, its head alone, all of it. Does the collapse of its representation persist, and
 * do the updates' directions lie along the class means? Source: experiment 3 of the NC x LoRA
 * notebook, whose set-up {@code lora-ranks-cifar10} is.
 */
final class LoraRanks implements Recipe {
  private static final int MEASURING_BATCH = 500;

  private final String name;
  private final String summary;
  private final DataChoice data;
  private final NetworkChoice network;
  private final TapChoice taps = new TapChoice();
  private final Setting<Integer> trainSamples;
  private final Setting<Integer> baseEpochs;
  private final Setting<Double> baseRate;
  private final Setting<Integer> testSamples =
      Setting.whole("test.samples", 10_000, 1, 10_000, "test images");
  private final SgdChoice sgd = new SgdChoice();
  private final RankSweep sweep = new RankSweep(sgd);

  private LoraRanks(
      String name,
      String summary,
      DataChoice data,
      NetworkChoice network,
      int trainSamples,
      int baseEpochs,
      double baseRate) {
    this.name = name;
    this.summary = summary;
    this.data = data;
    this.network = network;
    this.trainSamples =
        Setting.whole("train.samples", trainSamples, 1, 60_000, "training images, all measured");
    this.baseEpochs = Setting.whole("base.epochs", baseEpochs, 0, 10_000, "epochs of the base");
    this.baseRate =
        Setting.positive(
            "base.learning-rate",
            baseRate,
            10,
            "SGD's for the base, a tenth after 1/3 and 2/3 of its epochs");
  }

  /** On the bundled digits, in minutes. */
  static LoraRanks onDigits() {
    return new LoraRanks(
        "lora-ranks",
        "LoRA of ranks 1 to 16 on a collapsed ResNet-18's head, against its class means",
        new DataChoice("mnist"),
        new NetworkChoice("resnet18", 8, 2),
        5_000,
        6,
        0.1);
  }

  /** The notebook's set-up. */
  static LoraRanks onCifar10() {
    return new LoraRanks(
        "lora-ranks-cifar10",
        "The same on CIFAR-10 with a full-width ResNet-18, as in the NC x LoRA notebook",
        new DataChoice("cifar10"),
        new NetworkChoice("resnet18"),
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
  public Map<String, String> quick() {
    Map<String, String> quick = new LinkedHashMap<>(sweep.quick());
    quick.put(trainSamples.key(), "1000");
    quick.put(testSamples.key(), "1000");
    quick.put(baseEpochs.key(), "2");
    return quick;
  }

  @Override
  public void run(Experiment experiment) {
    Seed seed = experiment.seed();
    ImageData images = data.load(experiment);
    ImageSet train =
        images.train().sample(experiment.get(trainSamples), seed.random("subset/train"));
    ImageSet test = images.test().sample(experiment.get(testSamples), seed.random("subset/test"));
    requireSamples(experiment, train);
    experiment.uses("train", train);
    experiment.uses("test", test);
    Pass measuredTrain = measuring(images, train, seed.under("measured/train"));
    Pass measuredTest = measuring(images, test, seed.under("measured/test"));
    List<FineTuning.TestSet> tests =
        List.of(new FineTuning.TestSet("test", "accuracy_test", measuredTest));
    try (Network base = network.open(experiment, train)) {
      Taps at = taps.of(experiment, base, train.shape());
      int pretrained = network.isTrained(experiment) ? 0 : experiment.get(baseEpochs);
      new FineTuning(experiment, tests, List.of())
          .train(
              "base",
              "pretrain",
              base,
              sgd.at(experiment, experiment.get(baseRate))
                  .withSchedule(Schedule.tenthAtThirds(pretrained)),
              pretrained,
              epoch -> shuffled(experiment, images, train, "pretrain/" + epoch));
      sweep.run(
          experiment,
          base,
          tests,
          measuredTrain,
          at,
          epoch -> shuffled(experiment, images, train, "adapt/" + epoch));
    }
  }

  private void requireSamples(Experiment experiment, ImageSet train) {
    long[] counts = new long[train.classes().size()];
    Arrays.stream(train.labels()).forEach(label -> counts[label]++);
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] < 2) {
        throw new InvalidInputException(
            "train.samples=%d: class %s has %d of them; measuring needs at least 2 a class"
                .formatted(experiment.get(trainSamples), train.classes().get(k), counts[k]));
      }
    }
    if (counts.length < 2) {
      throw data.misfit(experiment, "there is one class; alignment needs at least two");
    }
  }

  private Pass shuffled(Experiment experiment, ImageData images, ImageSet train, String stream) {
    return Pass.shuffled(
        train.with(images.normalized()), sgd.batch(experiment), experiment.seed().under(stream));
  }

  private static Pass measuring(ImageData images, ImageSet set, Seed chance) {
    return Pass.inOrder(set.with(images.normalized()), MEASURING_BATCH, chance);
  }
}

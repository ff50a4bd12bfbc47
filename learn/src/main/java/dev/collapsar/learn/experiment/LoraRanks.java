package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.FeatureCache;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseOptions;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricId;
import dev.collapsar.run.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A residual network that has learned its classes is trained further: its head by low-rank updates
 * of several ranks, its head alone, all of it. Does the collapse of its representation persist, and
 * do the updates' directions lie along the class means? Source: experiment 3 of the NC x LoRA
 * notebook, whose set-up {@code lora-ranks-cifar10} is.
 */
final class LoraRanks implements Recipe {
  private static final List<String> ALL_VARIANTS = List.of("head", "lora", "full");
  private static final String STANDARD = "standard";
  private static final String RANK_STABILISED = "rank-stabilised";
  private static final String FROZEN = "frozen";
  private static final String DRIFT = "drift";
  private static final String BF16 = "bf16";
  private static final int MEASURING_BATCH = 500;
  private static final Set<MetricId> OF_THE_CLASSIFIER = ofTheClassifier();

  private final String name;
  private final String summary;
  private final DataChoice data;
  private final NetworkChoice network;
  private final Setting<Integer> trainSamples;
  private final Setting<Integer> baseEpochs;
  private final Setting<Double> baseRate;
  private final Setting<Integer> testSamples =
      Setting.whole("test.samples", 10_000, 1, 10_000, "test images");
  private final Setting<List<String>> variants =
      new Setting<>(
          "variants",
          ALL_VARIANTS,
          "what is adapted: the head, its low-rank updates, the full network",
          "some of " + String.join(", ", ALL_VARIANTS) + ", separated by commas",
          LoraRanks::parseVariants);
  private final Setting<Integer> epochs =
      Setting.whole("epochs", 20, 0, 10_000, "epochs of adaptation");
  private final Setting<Integer> batch =
      Setting.whole("batch", 128, 1, 60_000, "images a training step");
  private final Setting<Double> rate =
      Setting.positive("learning-rate", 0.01, 10, "SGD's learning rate for adaptation");
  private final Setting<Double> momentum = Setting.number("momentum", 0.9, 0, 1, "SGD's momentum");
  private final Setting<Double> decay =
      Setting.number("weight-decay", 5e-4, 0, 1, "SGD's weight decay, of adapters too");
  private final Setting<List<Integer>> ranks =
      Setting.wholes(
          "lora.rank",
          List.of(1, 2, 4, 8, 16),
          1,
          512,
          "ranks of the head's update, a variant each");
  private final Setting<Double> alpha =
      Setting.positive("lora.alpha", 16, 1e6, "the numerator of the updates' scale");
  private final Setting<String> scaling =
      Setting.choice(
          "lora.scaling",
          STANDARD,
          List.of(STANDARD, RANK_STABILISED),
          "the updates' scale: alpha / rank, or alpha / sqrt(rank), which separates rank from step size");
  private final Setting<Double> dropout =
      Setting.number("lora.dropout", 0.05, 0, 0.99, "share of the updates' inputs that is dropped");
  private final Setting<String> batchNorm =
      Setting.choice(
          "backbone.batchnorm",
          FROZEN,
          List.of(FROZEN, DRIFT),
          "frozen batch norms keep their statistics, or move them as the notebook's do");
  private final Setting<String> precision =
      Setting.choice(
          "features.precision",
          "fp32",
          List.of("fp32", BF16),
          "in what frozen layers are evaluated; bf16 is faster where the processor has it");
  private final Setting<Integer> draws =
      Setting.whole(
          "null.draws", 200, 2, 100_000, "random subspaces that alignments are held against");
  private final Setting<Integer> shuffles =
      Setting.whole("null.shuffles", 50, 2, 10_000, "shuffles of the labels, likewise");

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

  private static List<String> parseVariants(String text) {
    List<String> chosen = List.of(text.replaceAll("^\\[|\\]$|\\s", "").split(",", -1));
    return ALL_VARIANTS.containsAll(chosen) ? List.copyOf(chosen) : null;
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
    settings.addAll(
        List.of(
            trainSamples,
            testSamples,
            baseEpochs,
            baseRate,
            variants,
            epochs,
            batch,
            rate,
            momentum,
            decay,
            ranks,
            alpha,
            scaling,
            dropout,
            batchNorm,
            precision,
            draws,
            shuffles));
    return settings;
  }

  @Override
  public Map<String, String> quick() {
    return Map.of(
        trainSamples.key(), "1000",
        testSamples.key(), "1000",
        baseEpochs.key(), "2",
        epochs.key(), "3",
        shuffles.key(), "20");
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
    experiment
        .features()
        .setPrecision(
            experiment.get(precision).equals(BF16)
                ? FeatureCache.Precision.BF16
                : FeatureCache.Precision.FP32);
    Pass measuredTrain = measuring(images, train, seed.under("measured/train"));
    Pass measuredTest = measuring(images, test, seed.under("measured/test"));
    FineTuning tuning =
        new FineTuning(
            experiment,
            List.of(new FineTuning.TestSet("test", "accuracy_test", measuredTest)),
            List.of());
    Representations representations =
        new Representations(experiment, measuredTrain, experiment.get(shuffles));
    try (Network base = network.open(experiment, train)) {
      int pretrained = network.isTrained(experiment) ? 0 : experiment.get(baseEpochs);
      tuning.train(
          "base",
          "pretrain",
          base,
          pretraining(experiment, pretrained),
          pretrained,
          epoch -> shuffled(experiment, images, train, "pretrain/" + epoch));
      base.setTrainableOnly(base.spec().head());
      new Sweep(experiment, images, train, tuning, representations, base).run();
    }
  }

  /** What all variants have in common. */
  private final class Sweep {
    private final Experiment experiment;
    private final FineTuning tuning;
    private final Representations representations;
    private final Network base;
    private final UpdateGeometry geometry;
    private final IntFunction<Pass> passes;
    private final RankExhibits exhibits;
    private boolean diverged;

    Sweep(
        Experiment experiment,
        ImageData images,
        ImageSet train,
        FineTuning tuning,
        Representations representations,
        Network base) {
      this.experiment = experiment;
      this.tuning = tuning;
      this.representations = representations;
      this.base = base;
      // Every variant sees the same images in the same order.
      this.passes = epoch -> shuffled(experiment, images, train, "adapt/" + epoch);
      Representations.Found before = representations.of(base);
      geometry = new UpdateGeometry(before.means(), experiment.get(draws), experiment.seed());
      exhibits = new RankExhibits(experiment.get(batchNorm).equals(DRIFT));
      exhibits.spectra("base", before);
    }

    void run() {
      sayWhatMatters();
      List<String> chosen = experiment.get(variants);
      if (chosen.contains("head")) {
        variant("head", base.copy());
      }
      if (chosen.contains("lora")) {
        experiment.get(ranks).forEach(rank -> variant("lora-r" + rank, rank, base.copy()));
      }
      if (chosen.contains("full")) {
        variant("full", base.copy());
      }
      exhibits.of(experiment.measurements()).forEach(experiment::shows);
    }

    private void variant(String variant, Network copy) {
      try (Network adapted = copy) {
        if (variant.equals("head")) {
          adapted.setTrainableOnly(adapted.spec().head());
        }
        Matrix start = adapted.classifier().weights();
        train(variant, adapted, () -> difference(adapted.classifier().weights(), start));
      }
    }

    private void variant(String variant, int rank, Network copy) {
      try (Network adapted = copy) {
        String head = adapted.spec().head();
        AdapterConfig lora =
            AdapterConfig.of(new ModuleSelector.Named(List.of(head)), rank, experiment.get(alpha))
                .dropout(experiment.get(dropout))
                .rankStabilized(experiment.get(scaling).equals(RANK_STABILISED))
                .build();
        Adapter adapter = Adapter.attach(adapted, "default", lora, experiment.seed());
        train(variant, adapted, () -> adapter.update(head));
        experiment.keeps(variant, adapter.toFile());
      }
    }

    private void train(String variant, Network adapted, Update update) {
      adapted.setBatchNormDrift(experiment.get(batchNorm).equals(DRIFT));
      FineTuning measured =
          new FineTuning(
              experiment,
              tuning.tests(),
              List.of((trained, tests) -> measurements(trained, update)));
      measured.train(
          variant, "adapt", adapted, adaptation(experiment), experiment.get(epochs), passes);
      if (!diverged) {
        exhibits.spectra(variant, representations.of(adapted));
      }
    }

    private List<Measurement> measurements(Network adapted, Update update) {
      Evaluation evaluation = representations.evaluation(adapted);
      diverged = !evaluation.score().isFinite();
      if (diverged) {
        return Arrays.stream(MetricId.values())
            .map(metric -> Measurement.undefined(metric.id(), FineTuning.DIVERGED))
            .toList();
      }
      Representations.Found now = representations.of(adapted);
      Network.Classifier head = adapted.classifier();
      List<Measurement> found = new ArrayList<>();
      double loss = evaluation.score().loss();
      found.add(Measurement.of("loss_train_end", loss));
      found.add(Measurement.of("accuracy_train_end", evaluation.score().accuracy()));
      found.add(
          Measurement.of(
              "loss_regularized", loss + experiment.get(decay) / 2 * adapted.squaredNorm()));
      found.addAll(now.measurements());
      found.addAll(
          Collapse.of(now.features(), head.bias().length)
              .withWeights(head.weights())
              .withBias(head.bias())
              .withOptions(CollapseOptions.defaults().withThreads(experiment.options().threads()))
              .measure(OF_THE_CLASSIFIER)
              .metrics()
              .values());
      found.addAll(geometry.of(update.matrix(), now));
      return found;
    }

    private void sayWhatMatters() {
      int classes = geometry.original().rows();
      experiment.get(ranks).stream()
          .filter(rank -> rank > classes - 1)
          .forEach(
              rank ->
                  experiment.note(
                      "lora-r%d: rank %d is above K-1 = %d. An update of %d outputs has at most that many directions that change a decision: the others are idle, and alignments saturate."
                          .formatted(rank, rank, classes - 1, classes)));
      if (experiment.get(batchNorm).equals(DRIFT)) {
        experiment.note(
            "backbone.batchnorm=drift: as in the notebook, batch norms of the frozen backbone use each batch's statistics in training and move the running ones. The representation changes although nothing in it is trained, and saved adapters do not carry that change.");
      }
      if (experiment.get(scaling).equals(STANDARD) && experiment.get(ranks).size() > 1) {
        experiment.note(
            "Updates are scaled by alpha / rank, so a higher rank also takes smaller steps; lora.scaling=rank-stabilised separates the two.");
      }
    }
  }

  /** The head's update as it is now, (K,D). */
  private interface Update {
    Matrix matrix();
  }

  private static Matrix difference(Matrix a, Matrix b) {
    double[] values =
        IntStream.range(0, a.array().length)
            .mapToDouble(i -> a.array()[i] - b.array()[i])
            .toArray();
    return Matrix.of(a.rows(), a.columns(), values);
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
        train, images.normalized(), experiment.get(batch), experiment.seed().under(stream));
  }

  private static Pass measuring(ImageData images, ImageSet set, Seed chance) {
    return Pass.inOrder(set, images.normalized(), MEASURING_BATCH, chance);
  }

  private TrainingSpec pretraining(Experiment experiment, int last) {
    List<Integer> milestones =
        IntStream.of(last / 3, 2 * last / 3).filter(m -> m > 0).boxed().toList();
    return sgd(experiment, baseRate).withSchedule(Schedule.multiStep(milestones, 0.1));
  }

  private TrainingSpec adaptation(Experiment experiment) {
    return sgd(experiment, rate);
  }

  private TrainingSpec sgd(Experiment experiment, Setting<Double> learningRate) {
    return TrainingSpec.of(
        new OptimizerSpec.Sgd(
            experiment.get(learningRate), experiment.get(momentum), experiment.get(decay)));
  }

  private static Set<MetricId> ofTheClassifier() {
    EnumSet<MetricId> metrics = EnumSet.allOf(MetricId.class);
    metrics.removeIf(metric -> !metric.needsClassifier());
    return metrics;
  }
}

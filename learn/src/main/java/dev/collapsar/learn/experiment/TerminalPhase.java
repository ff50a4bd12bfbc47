package dev.collapsar.learn.experiment;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.dataset.FashionMnist;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.Taps;
import dev.collapsar.learn.training.Backpropagation;
import dev.collapsar.learn.training.Loss;
import dev.collapsar.learn.training.Schedule;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A residual network learns MNIST until it makes no error on the training images, and on: the
 * collapse of its representation, or of every stage, by epoch. Source: the two examples of
 * rhubarbwu/neural-collapse, with Papyan, Han and Donoho's numbers beside theirs.
 */
final class TerminalPhase implements Recipe {
  private static final String VARIANT = "base";
  private static final int MEASURING_BATCH = 500;
  private static final String NO_OOD = "none";
  private static final String FASHION = "fashion-mnist";
  private static final String SQUARES = "mse";

  private final String name;
  private final String summary;
  private final DataChoice data = new DataChoice("mnist");
  private final NetworkChoice network;
  private final TapChoice taps;
  private final Setting<Integer> samples;
  private final Setting<Integer> epochs;
  private final Setting<Integer> testSamples =
      Setting.whole("test.samples", 10_000, 1, 10_000, "test images");
  private final Setting<String> ood =
      Setting.choice(
          "ood",
          FASHION,
          List.of(FASHION, NO_OOD),
          "images of another distribution, normalised as the data are");
  private final Setting<Integer> oodSamples =
      Setting.whole("ood.samples", 10_000, 1, 10_000, "how many of them");
  private final Setting<String> loss =
      Setting.choice(
          "loss",
          "ce",
          List.of("ce", SQUARES),
          "cross-entropy, or squared error on one-hot labels");
  private final Setting<Double> rate =
      Setting.number(
          "learning-rate",
          0,
          0,
          10,
          "SGD's, falling to a tenth after 1/3 and 2/3 of the epochs; 0: 0.0679 for ce, 0.0184 for mse");
  private final SgdChoice sgd = new SgdChoice();
  private final Setting<String> every = MeasuredEpochs.setting();

  private TerminalPhase(
      String name, String summary, NetworkChoice network, TapChoice taps, int samples, int epochs) {
    this.name = name;
    this.summary = summary;
    this.network = network;
    this.taps = taps;
    this.samples =
        Setting.whole("train.samples", samples, 1, 60_000, "training images, all of them measured");
    this.epochs =
        Setting.whole("epochs", epochs, 0, 10_000, "epochs of training; 200 in the paper's code");
  }

  /** The representation of a ResNet-18 whose stages double their channels. */
  static TerminalPhase atTheLastLayer() {
    return new TerminalPhase(
        "collapse",
        "A ResNet-18 on MNIST into the terminal phase: NC1 to NC5 by epoch",
        new NetworkChoice("resnet18", 16, 2),
        new TapChoice(),
        20_000,
        40);
  }

  /**
   * Every stage of a ResNet-18 of 16 channels throughout: 12,544 values at the first, 16 at last.
   */
  static TerminalPhase atEveryStage() {
    return new TerminalPhase(
        "collapse-layers",
        "A 16-channel ResNet-18 on MNIST: collapse at every stage, by epoch",
        new NetworkChoice("resnet18", 16, 1),
        new TapChoice("layer1", "layer2", "layer3", "layer4", Network.REPRESENTATION),
        10_000,
        30);
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
    settings.addAll(List.of(samples, testSamples, ood, oodSamples, epochs, loss, rate));
    settings.addAll(sgd.settings());
    settings.add(every);
    return settings;
  }

  @Override
  public Map<String, String> quick() {
    return Map.of(
        samples.key(), "1000",
        testSamples.key(), "1000",
        oodSamples.key(), "1000",
        epochs.key(), "3");
  }

  @Override
  public void run(Experiment experiment) {
    Seed seed = experiment.seed();
    ImageData images = data.load(experiment);
    ImageSet train = images.train().sample(experiment.get(samples), seed.random("subset/train"));
    ImageSet test = images.test().sample(experiment.get(testSamples), seed.random("subset/test"));
    ImageSet other = outOfDistribution(experiment, train);
    experiment.uses("train", train);
    experiment.uses("test", test);
    Pass measuredTest = measuring(images, test, seed.under("measured/test"));
    Geometry.Sets sets =
        new Geometry.Sets(
            measuring(images, train, seed.under("measured/train")),
            measuredTest,
            other == null ? null : measuring(images, other, seed.under("measured/ood")));
    Loss chosen = experiment.get(loss).equals(SQUARES) ? Loss.MEAN_SQUARES : Loss.CROSS_ENTROPY;
    try (Network trained = network.open(experiment, train)) {
      int last = network.isTrained(experiment) ? 0 : experiment.get(epochs);
      Taps at = taps.of(experiment, trained, train.shape());
      Geometry geometry = new Geometry(experiment, sets, Geometry.allButSpectral(), trained, at);
      FineTuning tuning =
          new FineTuning(
                  experiment,
                  List.of(new FineTuning.TestSet("test", "accuracy_test", measuredTest)),
                  List.of())
              .withSchedule(MeasuredEpochs.of(experiment.get(every)))
              .withGeometry(
                  geometry,
                  chosen == Loss.MEAN_SQUARES
                      ? List.of((features, head) -> parts(experiment, features, head))
                      : List.of());
      tuning.train(
          VARIANT,
          "pretrain",
          trained,
          training(experiment, chosen, last),
          last,
          epoch ->
              Pass.shuffled(
                  train.with(images.normalized()),
                  sgd.batch(experiment),
                  seed.under("pretrain/" + epoch)));
      experiment.keeps(VARIANT, trained);
      show(experiment, geometry, trained, train.classes());
    }
  }

  private ImageSet outOfDistribution(Experiment experiment, ImageSet train) {
    if (experiment.get(ood).equals(NO_OOD)) {
      return null;
    }
    ImageSet other =
        FashionMnist.outOfDistribution()
            .sample(experiment.get(oodSamples), experiment.seed().random("subset/ood"));
    if (!other.shape().equals(train.shape())) {
      throw data.misfit(
          experiment,
          "ood=%s has images of shape %s and the data of %s; choose ood=%s"
              .formatted(experiment.get(ood), other.shape(), train.shape(), NO_OOD));
    }
    experiment.uses("ood", other);
    return other;
  }

  private static Pass measuring(ImageData data, ImageSet images, Seed chance) {
    return Pass.inOrder(images.with(data.normalized()), MEASURING_BATCH, chance);
  }

  private TrainingSpec training(Experiment experiment, Loss chosen, int last) {
    double own = chosen == Loss.MEAN_SQUARES ? 0.0184 : 0.0679;
    double learningRate = experiment.get(rate) > 0 ? experiment.get(rate) : own;
    return sgd.at(experiment, learningRate)
        .withRule(new Backpropagation(chosen))
        .withSchedule(Schedule.tenthAtThirds(last));
  }

  /** Lambda is half the weight decay, as in Han, Papyan and Donoho 2022. */
  private List<Measurement> parts(
      Experiment experiment, FeatureArray features, Head.Classifier head) {
    double lambda = sgd.weightDecay(experiment) / 2;
    if (lambda == 0) {
      String reason = "without weight decay the best classifier need not be unique";
      return Stream.of("mse_loss", "mse_nc1", "mse_nc23", "mse_perp")
          .map(id -> Measurement.undefined(id, reason))
          .toList();
    }
    return FeatureSpread.of(features, head.bias().length, experiment.options().threads())
        .squaredLoss(head.weights(), head.bias(), lambda)
        .measurements();
  }

  private static void show(
      Experiment experiment, Geometry geometry, Network trained, List<String> classes) {
    CollapseExhibits exhibits = new CollapseExhibits(experiment.measurements(), geometry.layers());
    if (exhibits.diverged()) {
      return; // which the numbers say
    }
    experiment.note(exhibits.terminalPhase());
    experiment.shows(exhibits.landmarks());
    FeatureSpread.of(geometry.features(trained), classes.size(), experiment.options().threads())
        .exhibits(exhibits.last(), classes)
        .forEach(experiment::shows);
  }
}

package dev.collapsar.learn.recipe.collapse;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.MeasuredRows;
import dev.collapsar.learn.network.Head;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Recipe;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.learn.run.VariantLog;
import dev.collapsar.learn.settings.ChanceSettings;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.FormerKeys;
import dev.collapsar.learn.settings.MeasurementSchedule;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.settings.OutsideSettings;
import dev.collapsar.learn.settings.Preset;
import dev.collapsar.learn.settings.SampleSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.settings.TapSettings;
import dev.collapsar.learn.settings.TrainingSettings;
import dev.collapsar.learn.training.Backpropagation;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.ProbeSpec;
import dev.collapsar.learn.variant.ScatterSpectra;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.SquaredLoss;
import dev.collapsar.run.MetricHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A residual network learns MNIST until it makes no error on the training images, and on: the
 * collapse of its representation, or of every stage, by epoch. Source: the two examples of
 * rhubarbwu/neural-collapse, with Papyan, Han and Donoho's numbers beside theirs.
 */
public final class CollapseRecipe implements Recipe {
  private static final String VARIANT = "base";
  private static final String STAGE = "pretrain";
  private static final String FASHION = "fashion-mnist";
  private static final String SQUARES = "mse";

  private final String name;
  private final String summary;
  private final DataSettings data = new DataSettings("mnist");
  private final NetworkSettings network;
  private final TapSettings taps;
  private final SampleSettings samples;
  private final Setting<Integer> epochs;
  private final OutsideSettings ood = new OutsideSettings(FASHION);
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
          "the optimizer's at the beginning; 0: 0.0679 for ce, 0.0184 for mse");
  private final TrainingSettings training = TrainingSettings.steps("", rate);
  private final MeasurementSchedule schedule = new MeasurementSchedule();
  private final ChanceSettings chance = new ChanceSettings();

  private CollapseRecipe(
      String name,
      String summary,
      NetworkSettings network,
      TapSettings taps,
      int samples,
      int epochs) {
    this.name = name;
    this.summary = summary;
    this.network = network;
    this.taps = taps;
    this.samples = SampleSettings.of(samples, 10_000, 128);
    this.epochs =
        TrainingSettings.epochs("", epochs, "epochs of training; 200 in the paper's code");
  }

  /** The representation of a ResNet-18 whose stages double their channels. */
  public static CollapseRecipe atTheLastLayer() {
    return new CollapseRecipe(
        "collapse",
        "NC1 to NC5 of a network's representation, epoch by epoch",
        new NetworkSettings("resnet18", 16, 2),
        new TapSettings(),
        20_000,
        40);
  }

  /**
   * Every stage of a ResNet-18 of 16 channels throughout: 12,544 values at the first, 16 at last.
   */
  public static CollapseRecipe atEveryStage() {
    return new CollapseRecipe(
        "collapse-layers",
        "Collapse at every stage of a network, epoch by epoch",
        new NetworkSettings("resnet18", 16, 1),
        new TapSettings("layer1", "layer2", "layer3", "layer4", Network.REPRESENTATION),
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
  public String title(Settings settings) {
    return "%s of %s on %s, %s"
        .formatted(
            taps.areNone(settings) ? "NC1 to NC5" : "Collapse, layer by layer,",
            network.named(settings),
            data.named(settings),
            network.checkpoint(settings).isPresent() ? "as it is" : "epoch by epoch");
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(data.settings());
    settings.addAll(network.settingsOfOne());
    settings.addAll(taps.settings());
    settings.addAll(samples.settings());
    settings.addAll(ood.settings());
    settings.addAll(List.of(epochs, loss));
    settings.addAll(training.settings());
    settings.addAll(schedule.settings());
    settings.addAll(chance.settings());
    return settings;
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(Map.of("train.samples", List.of("samples")));
  }

  @Override
  public List<Preset> quick() {
    return List.of(
        samples.samples().preset(1000),
        samples.test().preset(1000),
        ood.samples().preset(1000),
        epochs.preset(3));
  }

  @Override
  public void run(RunContext run) {
    CollapseSets.Chosen chosen = CollapseSets.Chosen.of(run, data, samples, ood);
    try (StartingNetwork start = StartingNetwork.open(run, network, chosen.entering())) {
      Network trained = start.network();
      trained.tryOut(); // all of it is trained
      CollapseSets sets = chosen.entering(run, trained, samples.batch(run.settings()));
      CollapseProbe probe =
          CollapseProbe.withRepresentation(
              run.resources(),
              measures(run, sets),
              trained,
              taps.of(run.settings(), trained, sets.train().shape()));
      int last = epochs(run);
      VariantLog log = run.beginVariant(new Variant(VARIANT, STAGE, Kind.BASE), trained);
      CollapseEvidence evidence =
          CollapseEvidence.of(run, chance, measuredRows(run, trained, chosen));
      List<Evaluation> end =
          new VariantTrainer(
                  run,
                  List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, sets.measuredTest())))
              .withProbe(probe)
              .withEvidence(evidence)
              .withSchedule(schedule.epochs(run.settings()))
              .train(log, trained, training(run, last), last, sets.epochs(run));
      log.save(trained);
      HeldOut heldOut = new HeldOut(run, log, trained, last);
      if (end.get(0).score().isFinite()) {
        heldOut.collapse(end.get(0).features(), evidence);
      }
      show(sets, probe.layers(), heldOut);
    }
  }

  /** None of a checkpoint; a file's network is trained from its weights. */
  private int epochs(RunContext run) {
    if (network.checkpoint(run.settings()).isPresent()) {
      return 0;
    }
    network
        .file(run.settings())
        .ifPresent(
            file ->
                run.note(
                    "Training starts from the weights in %s, not from initial ones."
                        .formatted(file)));
    return run.get(epochs);
  }

  private ProbeSpec measures(RunContext run, CollapseSets sets) {
    ProbeSpec spec =
        ProbeSpec.of(sets.measuredTrain(), ProbeSpec.allButSpectral())
            .withTest(sets.measuredTest())
            .withOod(sets.measuredOod());
    return loss(run) == Loss.MEAN_SQUARES
        ? spec.withFurther((features, head) -> parts(run, features, head))
        : spec;
  }

  /** All that the network was trained on, unless it was trained elsewhere. */
  private Sampling measuredRows(RunContext run, Network trained, CollapseSets.Chosen images) {
    return network.isTrained(run.settings())
        ? MeasuredRows.of(MeasuredRows.learned(trained.card()), images.all(), images.train())
        : Sampling.completeSet();
  }

  private Loss loss(RunContext run) {
    return run.get(loss).equals(SQUARES) ? Loss.MEAN_SQUARES : Loss.CROSS_ENTROPY;
  }

  private TrainingSpec training(RunContext run, int last) {
    double own = loss(run) == Loss.MEAN_SQUARES ? 0.0184 : 0.0679;
    double learningRate = run.get(rate) > 0 ? run.get(rate) : own;
    return training
        .over(run.settings(), last, learningRate, training.weightDecay(run.settings()))
        .withRule(new Backpropagation(loss(run)));
  }

  /** Lambda is half the weight decay, as in Han, Papyan and Donoho 2022. */
  private List<Measurement> parts(RunContext run, FeatureArray features, Head.Classifier head) {
    double lambda = training.weightDecay(run.settings()) / 2;
    if (lambda == 0) {
      String reason = "without weight decay the best classifier need not be unique";
      return SquaredLoss.INFOS.stream().map(info -> Measurement.undefined(info, reason)).toList();
    }
    return ScatterSpectra.of(features, head.bias().length, run.resources().threads())
        .squaredLoss(head.weights(), head.bias(), lambda)
        .measurements();
  }

  private static void show(CollapseSets sets, List<String> layers, HeldOut heldOut) {
    RunContext run = heldOut.run();
    MetricHistory history = run.history().variant(VARIANT).stage(STAGE);
    CollapseReportItems items = new CollapseReportItems(history, layers.get(layers.size() - 1));
    if (items.diverged()) {
      return; // which the numbers say
    }
    run.note(items.terminalPhase());
    items.landmarks().ifPresent(run::add);
    FeatureArray features =
        Evaluation.withFeatures(heldOut.network(), sets.measuredTrain(), n -> run.throwIfStopped())
            .features();
    List<String> classes = sets.train().classes();
    ScatterSpectra scatter = ScatterSpectra.of(features, classes.size(), run.resources().threads());
    new GeometryCharts(scatter, items.last(), classes).all().forEach(run::add);
  }
}

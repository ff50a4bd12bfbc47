package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.calibration.Sampling;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.Evaluation;
import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.evidence.CollapseEvidence;
import dev.collapsar.learn.evidence.PairedDecisions;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.LayerFeedback;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
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
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.TrainingSpec;
import dev.collapsar.learn.variant.CollapseProbe;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.TestSet;
import dev.collapsar.learn.variant.VariantTrainer;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The same network learns the same images by backpropagation, by direct feedback, and by direct
 * feedback under a penalty; how far the feedback agrees with the true gradients is followed epoch
 * by epoch and at the end set against six kinds of chance. Or, with {@code base.checkpoint}, only
 * the latter, of a network trained elsewhere. Source: the null-calibration script, with nulls that
 * can fail.
 */
public final class FeedbackNull implements Recipe {
  private static final DataSettings DATA = new DataSettings("mnist");
  private static final NetworkSettings NETWORK = new NetworkSettings("residual-mlp");
  private static final TapSettings TAPS = new TapSettings();
  private static final FeedbackRules RULES = new FeedbackRules();
  private static final SampleSettings SAMPLES = SampleSettings.of(60_000, 10_000, 128);
  private static final Setting<Integer> EPOCHS =
      TrainingSettings.epochs("", 20, "epochs of training each variant");
  private static final FeedbackProbe PROBE = new FeedbackProbe();
  private static final Setting<Integer> DRAWS =
      Setting.integer(
          "null.draws",
          999,
          2,
          1_000_000,
          "draws of every null; all orders of the matrices where they are fewer");
  private static final Setting<Integer> NETWORKS =
      Setting.integer("null.networks", 20, 2, 10_000, "untrained networks, a draw each");

  private static final int MEASURING_BATCH = 500;

  @Override
  public String name() {
    return "feedback-null";
  }

  @Override
  public String summary() {
    return "Direct feedback against true gradients, calibrated by nulls that can fail";
  }

  @Override
  public String title(Settings settings) {
    boolean trained = NETWORK.checkpoint(settings).isPresent();
    return "%s%s on %s: direct feedback against true gradients, calibrated by nulls that can fail"
        .formatted(
            trained ? "" : String.join(", ", RULES.variants(settings)) + " of ",
            NETWORK.named(settings),
            DATA.named(settings));
  }

  @Override
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DATA.settings());
    settings.addAll(NETWORK.settings());
    settings.addAll(TAPS.settings());
    settings.addAll(RULES.settings());
    settings.addAll(SAMPLES.settings());
    settings.add(EPOCHS);
    settings.addAll(PROBE.settings());
    settings.addAll(List.of(DRAWS, NETWORKS));
    return settings;
  }

  @Override
  public FormerKeys formerKeys() {
    return new FormerKeys(
        Map.of(
            "train.samples", List.of("samples"),
            "train.epochs", List.of("epochs"),
            "train.learning-rate", List.of("learning-rate")));
  }

  @Override
  public List<Preset> quick() {
    List<Preset> quick = new ArrayList<>(PROBE.quick());
    quick.addAll(
        List.of(
            SAMPLES.samples().preset(4000),
            EPOCHS.preset(2),
            SAMPLES.test().preset(1000),
            NETWORKS.preset(5)));
    return quick;
  }

  @Override
  public Optional<String> whatDependsOn(String epochs, Settings settings) {
    return epochs.equals(EPOCHS.key()) && RULES.isConstant(settings)
        ? Optional.empty()
        : Recipe.super.whatDependsOn(epochs, settings);
  }

  @Override
  public void run(RunContext run) {
    NETWORK.requireBuiltIn(
        run.settings(), "feedback reaches hidden states, which a file's code does not tell");
    Optional<Path> checkpoint = NETWORK.checkpoint(run.settings());
    PROBE.check(run, checkpoint.isPresent());
    if (checkpoint.isPresent()) {
      calibrate(run, checkpoint.get());
    } else {
      train(run);
    }
  }

  private void train(RunContext run) {
    RunImages chosen = new RunImages(run, DATA);
    ImageData data = chosen.load();
    Seed seed = run.seed();
    ImageSet train = chosen.sample(data.train(), SAMPLES.samples(), "subset/train");
    ImageSet trained = train.with(data.normalized());
    ImageSet test = chosen.sample(data.test(), SAMPLES.test(), "subset/test");
    OrderedBatches probe = PROBE.images(run, chosen, data, data.normalized());
    run.useData("train", train);
    run.useData("test", test);
    NetworkCard card = NETWORK.card(run.settings(), trained);
    ImageSet tested = test.with(data.normalized());
    OrderedBatches testPass = OrderedBatches.inOrder(tested, MEASURING_BATCH, seed.under("test"));
    OrderedBatches measured =
        OrderedBatches.inOrder(trained, MEASURING_BATCH, seed.under("measured"));
    VariantTrainer trainer =
        new VariantTrainer(run, List.of(new TestSet("test", LearnMetrics.ACCURACY_TEST, testPass)))
            .withProbe(atTaps(run, card, train.shape(), measured))
            .withEvidence(new CollapseEvidence(run, run.get(DRAWS), Sampling.completeSet()))
            .withDecisions(PairedDecisions.amongOthers()); // none begins as another ended
    // Every variant begins with the same values and sees the same images in the same order.
    IntFunction<OrderedBatches> epochs = epochs(run, trained);
    List<Long> widths = widths(card, seed, probe);
    Pairing pairing = RULES.pairing(run, widths);
    long classes = train.classes().size();
    try (FeedbackMatrices feedback = FeedbackMatrices.gaussian(widths, classes, pairing, seed);
        FeedbackMatrices random = random(run, widths, classes, pairing)) {
      AlignmentCalibration calibration = calibration(run, card, probe);
      TrackedVariant tracked = calibration.track(Optional.of(feedback), random);
      for (String rule : RULES.variants(run)) {
        try (Network network = NetworkFile.initialized(card, seed)) {
          VariantLog log =
              run.beginVariant(new Variant(rule, AlignmentCalibration.STAGE, Kind.BASE), network);
          double accuracy = learn(log, network, feedback, trainer.withMetrics(tracked), epochs);
          log.save(network, file -> FeedbackCheckpoint.write(file, network, feedback, accuracy));
          calibration.calibrate(log, tracked, run.get(EPOCHS), network, Optional.of(accuracy));
        }
      }
      calibration.show();
    }
  }

  private static IntFunction<OrderedBatches> epochs(RunContext run, ImageSet images) {
    int batch = SAMPLES.batch(run.settings());
    return epoch -> OrderedBatches.shuffled(images, batch, run.seed().under("train/" + epoch));
  }

  /** Trains a network by the rule that its variant is named after; the accuracy at the end. */
  private static double learn(
      VariantLog log,
      Network network,
      FeedbackMatrices feedback,
      VariantTrainer trainer,
      IntFunction<OrderedBatches> epochs) {
    RunContext run = trainer.run();
    String variant = log.variant().name();
    GradientRule rule = RULES.rule(run, variant, network, feedback);
    try {
      TrainingSpec training = RULES.training(run, variant, run.get(EPOCHS)).withRule(rule);
      List<Evaluation> end = trainer.train(log, network, training, run.get(EPOCHS), epochs);
      return end.get(0).score().accuracy();
    } finally {
      if (rule instanceof LayerFeedback owner) {
        owner.close();
      }
    }
  }

  /** Probes and nulls of a network that was trained elsewhere. */
  private void calibrate(RunContext run, Path file) {
    StoredFeedback stored = StoredFeedback.open(run, file, DATA, NETWORK, PROBE);
    try (Network network = stored.network()) {
      run.note("Nothing was trained here: the network is the checkpoint " + file + ".");
      List<Long> widths = FeedbackMatrices.widths(network, stored.probe());
      long classes = stored.probe().classes().size();
      Optional<FeedbackMatrices> own = stored.feedback(run, widths, classes);
      Pairing pairing =
          own.map(FeedbackMatrices::pairing).orElseGet(() -> RULES.pairing(run, widths));
      network.weights().setTrainable(false);
      VariantLog log =
          run.beginVariant(
              new Variant("checkpoint", AlignmentCalibration.STAGE, Kind.STORED), network);
      network.weights().setTrainable(true);
      atTaps(run, network.card(), stored.sample(), stored.probe())
          .ifPresent(
              taps ->
                  taps.measure(network, Loss.CROSS_ENTROPY, null, evaluated -> run.throwIfStopped())
                      .forEach((layer, rows) -> log.record(0, layer, rows)));
      try (FeedbackMatrices random = random(run, widths, classes, pairing)) {
        AlignmentCalibration calibration = calibration(run, network.card(), stored.probe());
        calibration.calibrate(
            log, calibration.track(own, random), 0, network, stored.testAccuracy());
        calibration.show();
      } finally {
        own.ifPresent(FeedbackMatrices::close);
      }
    }
  }

  private static Optional<CollapseProbe> atTaps(
      RunContext run, NetworkCard card, List<Long> sample, OrderedBatches measured) {
    try (Network network = NetworkFile.initialized(card, run.seed())) {
      return CollapseProbe.atTaps(
          run.resources(), measured, network, TAPS.of(run.settings(), network, sample));
    }
  }

  private static AlignmentCalibration calibration(
      RunContext run, NetworkCard card, OrderedBatches probe) {
    return new AlignmentCalibration(run, card, probe, run.get(DRAWS), run.get(NETWORKS));
  }

  private static FeedbackMatrices random(
      RunContext run, List<Long> widths, long classes, Pairing pairing) {
    return FeedbackMatrices.gaussian(widths, classes, pairing, run.seed().under("random-feedback"));
  }

  private static List<Long> widths(NetworkCard card, Seed seed, OrderedBatches probe) {
    try (Network network = NetworkFile.initialized(card, seed)) {
      return FeedbackMatrices.widths(network, probe);
    }
  }
}

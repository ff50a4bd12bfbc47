package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.feedback.FeedbackCheckpoint;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.feedback.LayerFeedback;
import dev.collapsar.learn.feedback.Pairing;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.layer.ArchitectureGuess;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TorchRuntime;
import dev.collapsar.learn.training.Evaluation;
import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.Loss;
import dev.collapsar.learn.training.TrainingSpec;
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
final class FeedbackNull implements Recipe {
  private static final String STAGE = "train";

  private static final DataChoice DATA = new DataChoice("mnist");
  private static final NetworkChoice NETWORK = new NetworkChoice("residual-mlp");
  private static final TapChoice TAPS = new TapChoice();
  private static final FeedbackRules RULES = new FeedbackRules();
  private static final Setting<Integer> TRAIN_SAMPLES =
      Setting.whole("train.samples", 60_000, 1, 1_000_000, "images that are learned");
  private static final Setting<Integer> EPOCHS =
      Setting.whole("train.epochs", 20, 0, 10_000, "epochs of training each variant");
  private static final Setting<Integer> BATCH =
      Setting.whole("batch", 128, 1, 60_000, "images a training step");
  private static final Setting<Integer> TEST_SAMPLES =
      Setting.whole("test.samples", 10_000, 1, 1_000_000, "test images");
  private static final FeedbackProbe PROBE = new FeedbackProbe();
  private static final Setting<Integer> DRAWS =
      Setting.whole("null.draws", 20, 2, 1_000_000, "draws of every null");
  private static final Setting<Integer> NETWORKS =
      Setting.whole("null.networks", 20, 2, 10_000, "untrained networks, a draw each");

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
  public List<Setting<?>> settings() {
    List<Setting<?>> settings = new ArrayList<>(DATA.settings());
    settings.addAll(NETWORK.settings());
    settings.addAll(TAPS.settings());
    settings.addAll(RULES.settings());
    settings.addAll(List.of(TRAIN_SAMPLES, EPOCHS, BATCH, TEST_SAMPLES));
    settings.addAll(PROBE.settings());
    settings.addAll(List.of(DRAWS, NETWORKS));
    return settings;
  }

  @Override
  public Map<String, String> quick() {
    return Map.of(
        TRAIN_SAMPLES.key(),
        "4000",
        EPOCHS.key(),
        "2",
        TEST_SAMPLES.key(),
        "1000",
        "probe.samples",
        "512",
        NETWORKS.key(),
        "5");
  }

  @Override
  public void run(Experiment experiment) {
    Optional<Path> checkpoint = NETWORK.checkpoint(experiment);
    PROBE.check(experiment, checkpoint.isPresent());
    if (checkpoint.isPresent()) {
      calibrate(experiment, checkpoint.get());
    } else {
      train(experiment);
    }
  }

  private void train(Experiment experiment) {
    Seed seed = experiment.seed();
    ImageData data = DATA.load(experiment);
    ImageSet train =
        data.train().sample(experiment.get(TRAIN_SAMPLES), seed.random("subset/train"));
    ImageSet test = data.test().sample(experiment.get(TEST_SAMPLES), seed.random("subset/test"));
    Pass probe = PROBE.images(experiment, DATA, data);
    experiment.uses("train", train);
    experiment.uses("test", test);
    NetworkSpec spec = NETWORK.spec(experiment, train);
    Pass testPass = Pass.inOrder(test.with(data.normalized()), MEASURING_BATCH, seed.under("test"));
    Optional<Geometry> taps =
        geometry(
            experiment,
            spec,
            train.shape(),
            Pass.inOrder(train.with(data.normalized()), MEASURING_BATCH, seed.under("measured")));
    int batch = experiment.get(BATCH);
    // Every variant begins with the same values and sees the same images in the same order.
    IntFunction<Pass> epochs =
        e -> Pass.shuffled(train.with(data.normalized()), batch, seed.under("train/" + e));
    List<Long> widths = widths(spec, seed, probe);
    Pairing pairing = RULES.pairing(experiment, widths);
    long classes = train.classes().size();
    try (FeedbackMatrices feedback = FeedbackMatrices.gaussian(widths, classes, pairing, seed);
        FeedbackMatrices random =
            FeedbackMatrices.gaussian(widths, classes, pairing, seed.under("random-feedback"))) {
      FeedbackStudy study = study(experiment, spec, probe);
      for (String variant : RULES.variants(experiment)) {
        try (Network network = LayerNetwork.initialized(spec, seed)) {
          FeedbackStudy.Followed followed = study.follow(variant, feedback, random);
          FineTuning tuning =
              new FineTuning(
                      experiment,
                      List.of(new FineTuning.TestSet("test", "accuracy_test", testPass)),
                      List.of(followed))
                  .withTaps(taps);
          List<Evaluation> end;
          GradientRule rule = RULES.rule(experiment, variant, network, feedback);
          try {
            end =
                tuning.train(
                    variant,
                    STAGE,
                    network,
                    TrainingSpec.of(RULES.optimizer(experiment, variant)).withRule(rule),
                    experiment.get(EPOCHS),
                    epochs);
          } finally {
            if (rule instanceof LayerFeedback owner) {
              owner.close();
            }
          }
          double accuracy = end.get(0).score().accuracy();
          FeedbackCheckpoint.write(experiment.networkFile(variant), network, feedback, accuracy);
          study.calibrate(followed, STAGE, experiment.get(EPOCHS), network, Optional.of(accuracy));
        }
      }
      study.show();
    }
  }

  /** Probes and nulls of a network that was trained elsewhere. */
  private void calibrate(Experiment experiment, Path file) {
    Seed seed = experiment.seed();
    String source = "base.checkpoint=" + file;
    FeedbackCheckpoint stored = FeedbackCheckpoint.read(file, source);
    Optional<NetworkSpec.ResidualMlp> named = ArchitectureGuess.residualMlp(stored.shapes());
    Pass probe;
    NetworkSpec spec;
    List<Long> sample;
    if (!PROBE.hasInputs(experiment)) {
      ImageData data = DATA.load(experiment);
      spec =
          named
              .<NetworkSpec>map(mlp -> mlp)
              .orElseGet(() -> NETWORK.spec(experiment, data.train()));
      named.ifPresent(mlp -> requireFit(experiment, mlp, data, source));
      probe = PROBE.images(experiment, DATA, data);
      sample = data.test().shape();
    } else {
      NetworkSpec.ResidualMlp mlp =
          named.orElseThrow(
              () ->
                  new InvalidInputException(
                      source + ": probe.inputs are for residual MLPs (embed, blocks, out_head)"));
      spec = mlp;
      probe = PROBE.features(experiment, mlp);
      sample = List.of((long) mlp.inputs());
    }
    try (Network network = LayerNetwork.initialized(spec, seed)) {
      network.weights().load(stored.state(), source);
      TorchRuntime.setThreads(experiment.options().threads(), network.hasConvolutions());
      network.to(TorchRuntime.device(experiment.options().device()));
      experiment.note("Nothing was trained here: the network is the checkpoint " + file + ".");
      List<Long> widths = FeedbackMatrices.widths(network, probe);
      long classes = probe.classes().size();
      Optional<FeedbackMatrices> own = stored.feedback(widths, classes);
      if (own.isPresent() && stored.pairing().isEmpty()) {
        experiment.note(
            "The checkpoint does not say which matrix feeds which hidden state; taken as the"
                + " null-calibration script does, matrix min(l, L-1) for h_l.");
      }
      Pairing pairing =
          own.map(FeedbackMatrices::pairing).orElseGet(() -> RULES.pairing(experiment, widths));
      network.weights().setTrainable(false);
      experiment.trains("checkpoint", STAGE, network);
      network.weights().setTrainable(true);
      geometry(experiment, spec, sample, probe)
          .ifPresent(
              geometry ->
                  geometry
                      .of(
                          network,
                          Loss.CROSS_ENTROPY,
                          null,
                          List.of(),
                          evaluated -> experiment.checkpoint())
                      .forEach(
                          (layer, rows) ->
                              experiment.measured("checkpoint", STAGE, 0, layer, rows)));
      try (FeedbackMatrices random =
          FeedbackMatrices.gaussian(widths, classes, pairing, seed.under("random-feedback"))) {
        FeedbackStudy study = study(experiment, spec, probe);
        Optional<Double> accuracy = stored.testAccuracy().stream().boxed().findFirst();
        study.calibrate(
            study.follow("checkpoint", own.orElse(null), random), STAGE, 0, network, accuracy);
        study.show();
      } finally {
        own.ifPresent(FeedbackMatrices::close);
      }
    }
  }

  private static Optional<Geometry> geometry(
      Experiment experiment, NetworkSpec spec, List<Long> sample, Pass measured) {
    try (Network network = LayerNetwork.initialized(spec, experiment.seed())) {
      return Geometry.atTaps(experiment, measured, network, TAPS.of(experiment, network, sample));
    }
  }

  private static FeedbackStudy study(Experiment experiment, NetworkSpec spec, Pass probe) {
    return new FeedbackStudy(
        experiment, spec, probe, experiment.get(DRAWS), experiment.get(NETWORKS));
  }

  private static void requireFit(
      Experiment experiment, NetworkSpec.ResidualMlp mlp, ImageData data, String source) {
    if (mlp.inputs() != data.test().imageSize() || mlp.classes() != data.test().classes().size()) {
      throw DATA.misfit(
          experiment,
          "images have %d numbers and %d classes; the network of %s takes %d and has %d"
              .formatted(
                  data.test().imageSize(),
                  data.test().classes().size(),
                  source,
                  mlp.inputs(),
                  mlp.classes()));
    }
  }

  private static List<Long> widths(NetworkSpec spec, Seed seed, Pass probe) {
    try (Network network = LayerNetwork.initialized(spec, seed)) {
      return FeedbackMatrices.widths(network, probe);
    }
  }
}

package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.Pass;
import dev.collapsar.learn.feedback.FeedbackCheckpoint;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.layer.ArchitectureGuess;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.variant.RunImages;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A network that was trained elsewhere, and what it is probed on.
 *
 * @param sample the shape of one sample of its input
 */
record StoredFeedback(
    FeedbackCheckpoint checkpoint, NetworkSpec spec, Pass probe, List<Long> sample) {

  /**
   * Reads the checkpoint and the probe.
   *
   * @throws InvalidInputException if they cannot be read or do not fit each other
   */
  static StoredFeedback open(
      RunContext run, Path file, DataSettings data, NetworkSettings network, FeedbackProbe probe) {
    FeedbackCheckpoint stored = FeedbackCheckpoint.read(file, "base.checkpoint=" + file);
    return probe.hasInputs(run)
        ? onFeatures(run, stored, probe)
        : onImages(run, stored, new RunImages(run, data), network, probe);
  }

  private static StoredFeedback onImages(
      RunContext run,
      FeedbackCheckpoint stored,
      RunImages chosen,
      NetworkSettings network,
      FeedbackProbe probe) {
    ImageData data = chosen.load();
    Optional<NetworkSpec.ResidualMlp> named = ArchitectureGuess.residualMlp(stored.shapes());
    NetworkSpec spec =
        named
            .<NetworkSpec>map(mlp -> mlp)
            .orElseGet(() -> network.spec(run.settings(), data.train()));
    named.ifPresent(mlp -> requireFit(chosen, mlp, data, stored.source()));
    return new StoredFeedback(stored, spec, probe.images(run, chosen, data), data.test().shape());
  }

  private static StoredFeedback onFeatures(
      RunContext run, FeedbackCheckpoint stored, FeedbackProbe probe) {
    NetworkSpec.ResidualMlp mlp =
        ArchitectureGuess.residualMlp(stored.shapes())
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        stored.source()
                            + ": probe.inputs are for residual MLPs (embed, blocks, out_head)"));
    return new StoredFeedback(stored, mlp, probe.features(run, mlp), List.of((long) mlp.inputs()));
  }

  private static void requireFit(
      RunImages chosen, NetworkSpec.ResidualMlp mlp, ImageData data, String source) {
    if (mlp.inputs() != data.test().imageSize() || mlp.classes() != data.test().classes().size()) {
      throw chosen.misfit(
          "images have %d numbers and %d classes; the network of %s takes %d and has %d"
              .formatted(
                  data.test().imageSize(),
                  data.test().classes().size(),
                  source,
                  mlp.inputs(),
                  mlp.classes()));
    }
  }

  /** The network, the caller's to close. */
  Network network(RunContext run) {
    Network network = LayerNetwork.initialized(spec, run.seed());
    try {
      network.weights().load(checkpoint.state(), checkpoint.source());
    } catch (InvalidInputException e) {
      network.close();
      throw e;
    }
    run.resources().take(network);
    return network;
  }

  /** Its own feedback matrices, the caller's to close; how they are paired is noted if unsaid. */
  Optional<FeedbackMatrices> feedback(RunContext run, List<Long> widths, long classes) {
    Optional<FeedbackMatrices> own = checkpoint.feedback(widths, classes);
    if (own.isPresent() && checkpoint.pairing().isEmpty()) {
      run.note(
          "The checkpoint does not say which matrix feeds which hidden state; taken as the"
              + " null-calibration script does, matrix min(l, L-1) for h_l.");
    }
    return own;
  }

  Optional<Double> testAccuracy() {
    return checkpoint.testAccuracy().stream().boxed().findFirst();
  }
}

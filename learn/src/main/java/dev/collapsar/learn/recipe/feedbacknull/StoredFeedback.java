package dev.collapsar.learn.recipe.feedbacknull;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.feedback.FeedbackMatrices;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.NetworkSettings;
import dev.collapsar.learn.variant.RunImages;
import dev.collapsar.learn.variant.StartingNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A network that was trained elsewhere, and what it is probed on.
 *
 * @param network the caller's to close
 * @param sample the shape of one sample of its input
 */
record StoredFeedback(
    FeedbackCheckpoint checkpoint, Network network, OrderedBatches probe, List<Long> sample) {

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
    ImageSet images = data.train().with(data.normalized());
    OpenedNetwork opened =
        NetworkFile.of(
            stored.state(),
            stored.card(),
            () -> network.card(run.settings(), images),
            stored.source());
    try {
      StartingNetwork.describe(opened, chosen.entering(data, images), stored.source())
          .forEach(run::note);
      OrderedBatches pass =
          probe.images(
              run,
              chosen,
              data,
              Normalized.entering(opened.network().card().input().orElseThrow()));
      run.resources().take(opened.network());
      return new StoredFeedback(stored, opened.network(), pass, data.test().shape());
    } catch (InvalidInputException e) {
      opened.close();
      throw e;
    }
  }

  private static StoredFeedback onFeatures(
      RunContext run, FeedbackCheckpoint stored, FeedbackProbe probe) {
    Network network = NetworkFile.of(stored.state(), stored.card(), stored.source()).network();
    try {
      List<Long> sample = List.of(network.card().input().orElseThrow().size());
      if (!network.takes(sample)) {
        throw new InvalidInputException(
            ("%s: probe.inputs are for networks of rows of numbers, such as residual MLPs"
                    + " (embed, blocks, out_head), not for %s")
                .formatted(stored.source(), network.name()));
      }
      run.resources().take(network);
      return new StoredFeedback(stored, network, probe.features(run, network), sample);
    } catch (InvalidInputException e) {
      network.close();
      throw e;
    }
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

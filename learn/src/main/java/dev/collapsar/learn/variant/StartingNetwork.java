package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.NetworkSettings;
import java.nio.file.Path;
import java.util.Optional;

/** The network that a run begins with. */
public final class StartingNetwork {
  private StartingNetwork() {}

  /**
   * The chosen network for these images, the caller's to close: with the checkpoint's values, which
   * the record notes, or initial ones from the run's seed.
   *
   * @throws InvalidInputException if the network does not take such images, or the checkpoint is
   *     not one of this network
   */
  public static Network open(RunContext run, NetworkSettings chosen, ImageSet images) {
    Network network = LayerNetwork.initialized(chosen.spec(run.settings(), images), run.seed());
    Optional<Path> file = chosen.checkpoint(run.settings());
    if (file.isEmpty()) {
      return network;
    }
    try {
      Checkpoint stored = Checkpoint.read(file.get());
      network.weights().load(stored.tensors(), "base.checkpoint=" + file.get());
    } catch (InvalidInputException e) {
      network.close();
      throw e;
    }
    run.note("The base was not trained here: it is the checkpoint " + file.get() + ".");
    return network;
  }
}

package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.NetworkSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The network that a run begins with. */
public final class StartingNetwork {
  private StartingNetwork() {}

  /**
   * The chosen network for these images, the caller's to close: with initial values from the run's
   * seed, or the checkpoint's. A checkpoint's card decides what the network is and how pixels
   * enter; where it has none the choice does. The record notes which, and the network's card says
   * as what the images enter.
   *
   * @param images as they enter the network if no card says otherwise
   * @throws InvalidInputException if the network does not take such images, or the checkpoint is
   *     not one of this network
   */
  public static Network open(RunContext run, NetworkSettings chosen, ImageSet images) {
    Supplier<NetworkCard> choice = () -> chosen.card(run.settings(), images);
    Optional<Path> file = chosen.checkpoint(run.settings());
    if (file.isEmpty()) {
      return NetworkFile.initialized(choice.get(), run.seed());
    }
    String source = "base.checkpoint=" + file.get();
    OpenedNetwork opened = NetworkFile.open(file.get(), choice, source);
    try {
      describe(opened, images, source).forEach(run::note);
    } catch (InvalidInputException e) {
      opened.close();
      throw e;
    }
    run.note("The base was not trained here: it is the checkpoint " + file.get() + ".");
    return opened.network();
  }

  /**
   * Says in the card of an opened network as what these images enter it and what they are called.
   *
   * @param images as they enter if the card does not say how
   * @return what is to be noted: what the network is and how pixels enter, and who says so
   * @throws InvalidInputException if the network takes other images or has other classes
   */
  public static List<String> describe(OpenedNetwork opened, ImageSet images, String source) {
    Network network = opened.network();
    NetworkCard card = network.card();
    requireFit(network, images, source);
    boolean said = opened.hasCard() && card.input().orElse(null) instanceof InputSpec.Image;
    InputSpec.Image input =
        said ? sized((InputSpec.Image) card.input().orElseThrow(), images) : images.input();
    network.describe(card.withInput(input).withClasses(images.classes()));
    return List.of(
        "%s is %s, %s; pixels enter %s, %s."
            .formatted(
                source,
                card.architecture(),
                opened.origin().words(),
                pixels(input),
                said ? "as its card says" : "as the recipe chooses: the file does not say"));
  }

  /** How pixels enter, in words. */
  static String pixels(InputSpec.Image input) {
    return input.isUnit()
        ? "in [0, 1]"
        : "by mean %s and deviation %s of values in [0, 1]".formatted(input.mean(), input.std());
  }

  private static InputSpec.Image sized(InputSpec.Image said, ImageSet images) {
    return new InputSpec.Image(
        said.channels(),
        images.height(),
        images.width(),
        said.mean(),
        said.std(),
        images.preparation());
  }

  private static void requireFit(Network network, ImageSet images, String source) {
    int classes = network.head().classes();
    if (!network.takes(images.shape()) || classes != images.classes().size()) {
      throw new InvalidInputException(
          "%s: the %s takes %s and has %s classes; the images are of shape %s and %s classes"
              .formatted(
                  source,
                  network.name(),
                  network.card().input().map(input -> input.shape().toString()).orElse("others"),
                  classes,
                  images.shape(),
                  images.classes().size()));
    }
  }
}

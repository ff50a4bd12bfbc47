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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The network that a run begins with, the caller's to close: with initial values from the run's
 * seed, a checkpoint's, or those of a file that brings its own code.
 *
 * @param pretraining what of it is trained before it is the base of others
 */
public record StartingNetwork(Network network, Pretraining pretraining) implements AutoCloseable {
  private static final int SHOWN = 5;

  /** What of a network is trained before it is the base of others. */
  public enum Pretraining {
    /** Nothing: it comes trained. */
    NONE,
    /** Its head, which is a new one. */
    HEAD,
    ALL
  }

  /**
   * The chosen network for these images. A card decides how pixels enter unless the user does;
   * where there is none the recipe's choice does, but for a file of another's code. The record
   * notes which, and the network's card says as what the images enter.
   *
   * @throws InvalidInputException if the network does not take such images, or the checkpoint is
   *     not one of this network
   */
  public static StartingNetwork open(
      RunContext run, NetworkSettings chosen, RunImages.Entering images) {
    Optional<Path> code = chosen.file(run.settings());
    if (code.isPresent()) {
      return new CodedNetwork(run, chosen, code.get()).open(images);
    }
    Supplier<NetworkCard> choice = () -> chosen.card(run.settings(), images.transformed());
    Optional<Path> file = chosen.checkpoint(run.settings());
    if (file.isEmpty()) {
      return new StartingNetwork(
          NetworkFile.initialized(choice.get(), run.seed()), Pretraining.ALL);
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
    return new StartingNetwork(opened.network(), Pretraining.NONE);
  }

  /** How many of the chosen epochs the network is trained for before it is a base. */
  public int epochs(int chosen) {
    return pretraining == Pretraining.NONE ? 0 : chosen;
  }

  /** Freezes what is not trained before the network is a base. */
  public void freeze() {
    if (pretraining == Pretraining.HEAD) {
      network.weights().setTrainableOnly(network.head().name());
    }
  }

  /**
   * Says in the card of an opened network as what these images enter it and what they are called.
   *
   * @return what is to be noted: what the network is and how pixels enter, and who says so
   * @throws InvalidInputException if the network takes other images or has other classes
   */
  public static List<String> describe(
      OpenedNetwork opened, RunImages.Entering entering, String source) {
    Network network = opened.network();
    ImageSet images = entering.images();
    boolean chosen = entering.pixels().isPresent();
    NetworkCard card = network.card();
    requireFit(network, images, source);
    boolean said = opened.hasCard() && card.input().orElse(null) instanceof InputSpec.Image;
    InputSpec.Image input =
        said && !chosen
            ? sized((InputSpec.Image) card.input().orElseThrow(), images)
            : entering.transformed().input();
    Optional<String> names = otherNames(card, images.classes(), source);
    network.describe(card.withInput(input).withClasses(images.classes()));
    String who = said ? "as its card says" : "as the recipe chooses: the file does not say";
    List<String> notes = new ArrayList<>();
    notes.add(
        "%s is %s, %s; pixels enter %s, %s."
            .formatted(
                source,
                card.architecture(),
                opened.origin().words(),
                pixels(input),
                chosen ? "as data.pixels says" : who));
    names.ifPresent(notes::add);
    return notes;
  }

  /**
   * What to know where a network's classes are not called as the images' are, which are taken for
   * each other by their numbers; empty if they are, or nobody named the network's.
   *
   * @throws InvalidInputException if they are the same in another order
   */
  public static Optional<String> otherNames(NetworkCard card, List<String> classes, String source) {
    List<String> own = card.classes();
    boolean unnamed =
        IntStream.range(0, own.size()).allMatch(k -> own.get(k).equals(String.valueOf(k)));
    if (unnamed || own.equals(classes)) {
      return Optional.empty();
    }
    String names = "%s, the images' %s".formatted(few(own), few(classes));
    if (Set.copyOf(own).equals(Set.copyOf(classes))) {
      throw new InvalidInputException(
          "%s: the network's classes are in another order than the images': %s"
              .formatted(source, names));
    }
    return Optional.of(
        "%s: the network's classes are called %s; they are taken for each other by their numbers."
            .formatted(source, names));
  }

  private static String few(List<String> names) {
    return String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
        + (names.size() > SHOWN ? ", ..." : "");
  }

  /** How pixels enter, in words. */
  public static String pixels(InputSpec.Image input) {
    return input.isUnit()
        ? "in [0, 1]"
        : "by mean %s and deviation %s of values in [0, 1]".formatted(input.mean(), input.std());
  }

  /** As a card says, at the size of these images. */
  public static InputSpec.Image sized(InputSpec.Image said, ImageSet images) {
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

  @Override
  public void close() {
    network.close();
  }
}

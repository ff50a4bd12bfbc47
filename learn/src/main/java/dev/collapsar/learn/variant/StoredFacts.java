package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.NetworkCard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The facts about a stored network that its measurement rests on, and who says so.
 *
 * @param pixels how they enter, and whose word that is
 */
record StoredFacts(OpenedNetwork opened, ImageTransform transform, String pixels) {
  /** How far an accuracy may lie below the recorded one, on other test images, without a word. */
  private static final double FAR = 0.05;

  private static final double DEVIATIONS = 2; // above chance

  /**
   * As the user says, or else the card, or else by the data's usual normalisation.
   *
   * @param images that are measured
   */
  static StoredFacts of(
      OpenedNetwork opened, Optional<PixelScale> chosen, ImageSet images, Normalized usual) {
    if (chosen.isPresent()) {
      return with(opened, transform(chosen.get(), images, usual), images, "as --pixels says");
    }
    return opened.hasCard()
            && opened.network().card().input().orElse(null) instanceof InputSpec.Image said
        ? with(opened, Normalized.entering(said), images, "as its card says")
        : with(opened, usual, images, "assumed: the file does not say");
  }

  private static ImageTransform transform(PixelScale scale, ImageSet images, Normalized usual) {
    return scale
        .transform(images.channels(), usual)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "--pixels %s: is for %s channels, the images have %s"
                        .formatted(scale.text(), scale.mean().size(), images.channels())));
  }

  private static StoredFacts with(
      OpenedNetwork opened, ImageTransform transform, ImageSet images, String who) {
    return new StoredFacts(
        opened,
        transform,
        "%s, %s".formatted(StartingNetwork.pixels(images.with(transform).input()), who));
  }

  /**
   * All of it by name, with the accuracy on these test images.
   *
   * @param images what those of training are taken for
   */
  Map<String, Object> about(double accuracy, ImageSet test, String images) {
    NetworkCard card = opened.network().card();
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("architecture", card.architecture());
    about.put("architecture_from", opened.origin().words());
    about.put("pixels", pixels);
    about.put("images", images);
    about.put("assumed", opened.assumptions());
    about.put("accuracy_test", accuracy);
    card.testAccuracy().ifPresent(recorded -> about.put("accuracy_recorded", recorded));
    about.put("warnings", warnings(accuracy, test));
    return about;
  }

  /** Why the network may be another than it was taken for. */
  List<String> warnings(double accuracy, ImageSet test) {
    List<String> sentences = new ArrayList<>();
    double chance = chance(test);
    double spread = Math.sqrt(chance * (1 - chance) / test.count());
    if (!(accuracy > chance + DEVIATIONS * spread)) {
      sentences.add(
          text(
              "its test accuracy %.4f is no better than chance (%.4f): what is assumed of it, or"
                  + " the data, may be wrong",
              accuracy, chance));
    }
    sentences.addAll(opened.cautions());
    NetworkCard card = opened.network().card();
    OptionalDouble recorded = card.testAccuracy();
    if (recorded.isPresent() && !(accuracy >= recorded.getAsDouble() - FAR)) {
      sentences.add(
          text(
              "its test accuracy %.4f is far below the %.4f of its card",
              accuracy, recorded.getAsDouble()));
    }
    if (opened.hasCard() && isNamed(card) && !card.classes().equals(test.classes())) {
      sentences.add(
          "its classes are %s, those of the images %s".formatted(card.classes(), test.classes()));
    }
    return sentences;
  }

  private static boolean isNamed(NetworkCard card) {
    return IntStream.range(0, card.classes().size())
        .anyMatch(k -> !card.classes().get(k).equals(String.valueOf(k)));
  }

  /** What always naming the largest class gives. */
  private static double chance(ImageSet test) {
    long[] counts = new long[test.classes().size()];
    Arrays.stream(test.labels()).forEach(label -> counts[label]++);
    return (double) Arrays.stream(counts).max().orElse(0) / test.count();
  }

  private static String text(String format, double one, double two) {
    return String.format(Locale.ROOT, format, one, two);
  }
}

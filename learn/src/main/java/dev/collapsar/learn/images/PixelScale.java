package dev.collapsar.learn.images;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * How pixels become a network's input, as a user says it: a usual way by its word, or a mean and a
 * deviation of values in [0, 1].
 *
 * @param text as the user wrote it
 * @param mean by channel, or one for all; empty for the data's own
 * @param deviation likewise, above 0
 */
public record PixelScale(String text, List<Double> mean, List<Double> deviation) {
  /** What may be said, in words. */
  public static final String ALLOWED =
      "normalized (by the data's usual mean and deviation), unit (in [0, 1]), imagenet (mean"
          + " 0.485,0.456,0.406 and deviation 0.229,0.224,0.225, as torchvision's networks),"
          + " symmetric (in [-1, 1]), or MEAN/DEVIATION by channel, such as"
          + " 0.5,0.5,0.5/0.25,0.25,0.25";

  public PixelScale {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /** What a text says; empty if it is none of {@link #ALLOWED}. */
  public static Optional<PixelScale> parse(String text) {
    return switch (text) {
      case "normalized" -> Optional.of(new PixelScale(text, List.of(), List.of()));
      case "unit" -> Optional.of(new PixelScale(text, List.of(0.0), List.of(1.0)));
      case "symmetric" -> Optional.of(new PixelScale(text, List.of(0.5), List.of(0.5)));
      case "imagenet" ->
          Optional.of(
              new PixelScale(text, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225)));
      default -> numbers(text);
    };
  }

  private static Optional<PixelScale> numbers(String text) {
    String[] sides = text.split("/", -1);
    if (sides.length != 2) {
      return Optional.empty();
    }
    List<Double> mean = list(sides[0]);
    List<Double> deviation = list(sides[1]);
    boolean allowed =
        !mean.isEmpty()
            && mean.size() == deviation.size()
            && deviation.stream().allMatch(value -> value > 0);
    return allowed ? Optional.of(new PixelScale(text, mean, deviation)) : Optional.empty();
  }

  /** Finite numbers separated by commas; empty if they are something else. */
  private static List<Double> list(String text) {
    List<Double> numbers = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      try {
        numbers.add(Double.parseDouble(part.strip()));
      } catch (NumberFormatException e) {
        return List.of(); // the caller says what is allowed
      }
    }
    return numbers.stream().allMatch(Double::isFinite) ? numbers : List.of();
  }

  /**
   * What it makes of images with so many channels; empty if it is for another number of them.
   *
   * @param usual the data's own normalisation
   */
  public Optional<ImageTransform> transform(int channels, Normalized usual) {
    if (mean.isEmpty()) {
      return Optional.of(usual);
    }
    if (mean.size() != 1 && mean.size() != channels) {
      return Optional.empty();
    }
    boolean unit = mean.equals(List.of(0.0)) && deviation.equals(List.of(1.0));
    return Optional.of(
        unit
            ? ImageTransform.unit()
            : new Normalized(ofAll(mean, channels), ofAll(deviation, channels)));
  }

  private static List<Double> ofAll(List<Double> values, int channels) {
    return values.size() == channels ? values : Collections.nCopies(channels, values.get(0));
  }
}

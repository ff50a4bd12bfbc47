package dev.collapsar.learn.images;

import java.util.List;
import java.util.Objects;

/**
 * What a classifier learns and how it is tested: images of one size and the same classes.
 *
 * @param normalized these data's usual normalisation: of the training images' channels
 * @param leftOut images that could not be read and were skipped because the user allowed it, each
 *     with its reason
 */
public record ImageData(
    ImageSet train, ImageSet test, Normalized normalized, List<String> leftOut) {
  public ImageData {
    Objects.requireNonNull(normalized);
    leftOut = List.copyOf(leftOut);
  }

  /** Data of which nothing was skipped. */
  public static ImageData of(ImageSet train, ImageSet test, Normalized normalized) {
    return new ImageData(train, test, normalized, List.of());
  }
}

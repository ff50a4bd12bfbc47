package dev.collapsar.learn.images;

import java.util.List;
import java.util.Objects;

/**
 * What a classifier learns and how it is tested: images of one size and the same classes.
 *
 * @param normalized these data's usual normalisation: of the training images' channels
 * @param leftOut images that could not be read and were skipped because the user allowed it, each
 *     with its reason
 * @param notes what else was found about the images that changes what is learned or tested, a
 *     sentence each
 */
public record ImageData(
    ImageSet train,
    ImageSet test,
    Normalized normalized,
    List<String> leftOut,
    List<String> notes) {
  public ImageData {
    Objects.requireNonNull(normalized);
    leftOut = List.copyOf(leftOut);
    notes = List.copyOf(notes);
  }

  /** Data of which nothing was skipped, with what {@link Duplicates} says of them. */
  public static ImageData of(ImageSet train, ImageSet test, Normalized normalized) {
    List<String> notes =
        Duplicates.among(train, test)
            .sentences(
                test.count(),
                row ->
                    row < train.count()
                        ? "training image " + row
                        : "test image " + (row - train.count()));
    return new ImageData(train, test, normalized, List.of(), notes);
  }
}

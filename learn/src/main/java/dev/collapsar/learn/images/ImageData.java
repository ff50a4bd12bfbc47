package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.Preparation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The data that a classifier learns and is tested by: images of one size and the same classes.
 *
 * @param validation images that may choose an epoch; empty if there are none of their own
 * @param normalized these data's usual normalisation: of the training images' channels
 * @param leftOut images that could not be read and were skipped because the user allowed it, each
 *     with its reason
 * @param notes what else was found about the images that changes what is learned or tested, a
 *     sentence each
 * @param split of the files, where the images are files of their own
 */
public record ImageData(
    ImageSet train,
    Optional<ImageSet> validation,
    ImageSet test,
    Normalized normalized,
    List<String> leftOut,
    List<String> notes,
    SplitTable split) {
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
    return new ImageData(
        train, Optional.empty(), test, normalized, List.of(), notes, SplitTable.none());
  }

  /**
   * The same images in this size and these colours; notes tell what changed.
   *
   * @param name of the data, for the notes
   */
  public ImageData resized(Preparation how, int channels, int height, int width, String name) {
    Set<String> told = new LinkedHashSet<>(notes);
    UnaryOperator<ImageSet> resize =
        images -> {
          ImageSet resized = images.resized(how, channels, height, width);
          resized.changes(images).ifPresent(change -> told.add(name + ": " + change));
          return resized;
        };
    return new ImageData(
        resize.apply(train),
        validation.map(resize),
        resize.apply(test),
        normalized.forChannels(channels),
        leftOut,
        List.copyOf(told),
        split);
  }
}

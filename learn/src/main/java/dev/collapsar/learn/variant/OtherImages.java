package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.dataset.Grouping;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.dataset.LooseImages;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.dataset.PlacedImages;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.OutsideSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Images beside those that a run learns from and is tested on, as a network takes them.
 *
 * @param skipsUnreadable whether images that cannot be read are left out
 */
record OtherImages(RunContext run, boolean skipsUnreadable) {
  /**
   * All images of a place that are to be of another distribution than these; empty if there are to
   * be none.
   */
  Optional<ImageSet> outside(String place, ImageSet like) {
    return place.equals(OutsideSettings.NONE)
        ? Optional.empty()
        : Optional.of(
            InvalidInputException.naming(
                "ood",
                place,
                () ->
                    NamedImages.named(place)
                        .map(named -> last(named.sets(null)))
                        .orElseGet(() -> loose(Path.of(place), like))));
  }

  private static ImageSet last(List<ImageSet> sets) {
    return sets.get(sets.size() - 1);
  }

  private ImageSet loose(Path place, ImageSet like) {
    PlacedImages found =
        LooseImages.placed(
            place,
            new ImageRequest(
                Optional.of(Picture.Wanted.of(like.input())),
                OptionalInt.of(like.channels()),
                Grouping.none(),
                skipsUnreadable,
                false,
                false,
                run.seed(),
                run.resources().threads(),
                images -> run.throwIfStopped(),
                Optional.of(run.preparedImages())));
    found.notes().forEach(note -> run.note("ood=" + note));
    if (!found.leftOut().isEmpty()) {
      run.note(
          "ood=%s: %s images could not be read and were left out, the first %s"
              .formatted(place, found.leftOut().size(), found.leftOut().get(0)));
    }
    return LooseImages.ofOneClass(found.images());
  }

  /** The test half of other data; empty if there are to be none. */
  Optional<ImageSet> testOf(String place, String key, InputSpec.Image input) {
    return place.equals(OutsideSettings.NONE)
        ? Optional.empty()
        : Optional.of(
            fitted(
                    InvalidInputException.naming(
                        key,
                        place,
                        () ->
                            NamedImages.named(place)
                                .map(named -> named.load(null).test())
                                .orElseGet(() -> testAt(Path.of(place), input))),
                    input)
                .with(Normalized.entering(input)));
  }

  private ImageSet testAt(Path place, InputSpec.Image input) {
    Picture.Wanted size = Picture.Wanted.of(input);
    try (ImageFiles files = ImageFiles.open(place)) {
      return files
          .load(
              ImageRequest.of(run.seed(), run.resources().threads(), images -> run.throwIfStopped())
                  .sized(size)
                  .withChannels(input.channels())
                  .keptIn(run.preparedImages()))
          .test();
    }
  }

  static ImageSet fitted(ImageSet images, InputSpec.Image input) {
    Picture.Wanted size = Picture.Wanted.of(input);
    return images.resized(size.how(), input.channels(), size.height(), size.width());
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/**
 * A request for images from files.
 *
 * @param wanted the size of every image; empty for that of the files, or one taken from them where
 *     they differ or are photographs
 * @param channels 1 for grey, 3 for red, green and blue; empty for grey if every image is
 * @param skipUnreadable whether an image that cannot be read is left out, and named in {@link
 *     dev.collapsar.learn.images.ImageData#leftOut}, rather than refused
 * @param validates whether some images are to choose an epoch: where nobody said which, they are
 *     drawn from those for training
 * @param squares whether images of which no size is wanted are made square
 * @param seed what is drawn draws from it
 * @param threads that decode
 * @param decoded hears how many images more are done, from several threads
 * @param kept a file in which what was made of photographs waits for a process that goes on
 */
public record ImageRequest(
    Optional<Picture.Wanted> wanted,
    OptionalInt channels,
    Grouping grouping,
    boolean skipUnreadable,
    boolean validates,
    boolean squares,
    Seed seed,
    int threads,
    IntConsumer decoded,
    Optional<Path> kept) {

  /** Images as they are, every one of which must be readable. */
  public static ImageRequest of(Seed seed, int threads, IntConsumer decoded) {
    return new ImageRequest(
        Optional.empty(),
        OptionalInt.empty(),
        Grouping.none(),
        false,
        false,
        false,
        seed,
        threads,
        decoded,
        Optional.empty());
  }

  /** Images that become so large. */
  public ImageRequest prepared(Preparation how, int height, int width) {
    return sized(new Picture.Wanted(how, height, width));
  }

  /** Images of a size that is wanted. */
  public ImageRequest sized(Picture.Wanted size) {
    return new ImageRequest(
        Optional.of(size),
        channels,
        grouping,
        skipUnreadable,
        validates,
        squares,
        seed,
        threads,
        decoded,
        kept);
  }

  public ImageRequest withChannels(int count) {
    return new ImageRequest(
        wanted,
        OptionalInt.of(count),
        grouping,
        skipUnreadable,
        validates,
        squares,
        seed,
        threads,
        decoded,
        kept);
  }

  public ImageRequest grouped(Grouping other) {
    return new ImageRequest(
        wanted, channels, other, skipUnreadable, validates, squares, seed, threads, decoded, kept);
  }

  public ImageRequest skipping(boolean unreadable) {
    return new ImageRequest(
        wanted, channels, grouping, unreadable, validates, squares, seed, threads, decoded, kept);
  }

  /**
   * The same, where pictures of an earlier process are taken from this file and kept for a later.
   */
  public ImageRequest keptIn(Path file) {
    return new ImageRequest(
        wanted,
        channels,
        grouping,
        skipUnreadable,
        validates,
        squares,
        seed,
        threads,
        decoded,
        Optional.of(file));
  }

  /** The same, with images that choose an epoch. */
  public ImageRequest validating() {
    return new ImageRequest(
        wanted, channels, grouping, skipUnreadable, true, squares, seed, threads, decoded, kept);
  }
}

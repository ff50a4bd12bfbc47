package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.batch.Samples;
import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Images of one size with their labels, as bytes in memory or in a mapped file.
 *
 * @param name what they are, such as {@code mnist/train}
 * @param pixels of each image (channels, height, width), unsigned bytes
 * @param labels (count), class indices in 0..classes.size()-1
 * @param classes the classes' names by index
 * @param sha256 of the files they came from, by file name
 * @param transform how they become a network's input
 * @param preparation how they came to have one size; empty if their files have it
 */
public record ImageSet(
    String name,
    Pixels pixels,
    int[] labels,
    int channels,
    int height,
    int width,
    List<String> classes,
    Map<String, String> sha256,
    ImageTransform transform,
    Optional<Preparation> preparation)
    implements Samples {

  public ImageSet {
    Objects.requireNonNull(name);
    Objects.requireNonNull(transform);
    if (pixels.imageSize() != channels * height * width || pixels.count() != labels.length) {
      throw new IllegalArgumentException(
          "%s images of %s x %s x %s need as many pixels, got %s images of %s bytes"
              .formatted(
                  labels.length, channels, height, width, pixels.count(), pixels.imageSize()));
    }
  }

  /** Images that enter networks in [0, 1]. */
  public ImageSet(
      String name,
      Pixels pixels,
      int[] labels,
      int channels,
      int height,
      int width,
      List<String> classes,
      Map<String, String> sha256) {
    this(
        name,
        pixels,
        labels,
        channels,
        height,
        width,
        classes,
        sha256,
        ImageTransform.unit(),
        Optional.empty());
  }

  /**
   * Images of one array, that enter networks in [0, 1].
   *
   * @param pixels (count, channels, height, width), row-major
   */
  public ImageSet(
      String name,
      byte[] pixels,
      int[] labels,
      int channels,
      int height,
      int width,
      List<String> classes,
      Map<String, String> sha256) {
    this(
        name,
        Pixels.of(pixels, channels * height * width),
        labels,
        channels,
        height,
        width,
        classes,
        sha256);
  }

  @Override
  public int count() {
    return labels.length;
  }

  /** Of one image: channels, height, width. */
  public List<Long> shape() {
    return List.of((long) channels, (long) height, (long) width);
  }

  /** Bytes of one image. */
  public int imageSize() {
    return channels * height * width;
  }

  @Override
  public InputSpec.Image input() {
    return transform.input(this).prepared(preparation);
  }

  /** The same images, that become a network's input in another way. */
  public ImageSet with(ImageTransform other) {
    return new ImageSet(
        name, pixels, labels, channels, height, width, classes, sha256, other, preparation);
  }

  /** The same images with other labels, (count), of as many classes or fewer. */
  public ImageSet withLabels(int[] others) {
    return new ImageSet(
        name, pixels, others, channels, height, width, classes, sha256, transform, preparation);
  }

  /** The same images among more classes. */
  public ImageSet withClasses(List<String> names) {
    return new ImageSet(
        name, pixels, labels, channels, height, width, names, sha256, transform, preparation);
  }

  /**
   * The same images in this size and these colours, made when they are asked for where they are
   * otherwise.
   *
   * @param channels 1 or 3
   */
  public ImageSet resized(Preparation how, int channels, int newHeight, int newWidth) {
    if (newHeight == height && newWidth == width && channels == this.channels) {
      return this;
    }
    Resampling.Window window = Resampling.Window.of(how, width, height, newWidth, newHeight);
    return new ImageSet(
        name,
        new ResizedPixels(pixels, this.channels, height, width, channels, window),
        labels,
        channels,
        newHeight,
        newWidth,
        classes,
        sha256,
        transform,
        Optional.of(how));
  }

  /** The same images, which came to have one size in this way. */
  public ImageSet prepared(Preparation how) {
    return new ImageSet(
        name,
        pixels,
        labels,
        channels,
        height,
        width,
        classes,
        sha256,
        transform,
        Optional.of(how));
  }

  /** What was done to the originals to make these of them, in words; empty if nothing was. */
  public Optional<String> changes(ImageSet original) {
    List<String> words = new ArrayList<>();
    if (height != original.height || width != original.width) {
      words.add(preparation.orElseThrow().words(height, width));
    }
    if (channels != original.channels) {
      words.add(channels == 1 ? "colours made grey" : "grey in each of red, green and blue");
    }
    return words.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", words));
  }

  /** The images of these rows, in this order. */
  public ImageSet subset(int[] rows) {
    int[] chosen = Arrays.stream(rows).map(row -> labels[row]).toArray();
    return new ImageSet(
        name,
        pixels.subset(rows),
        chosen,
        channels,
        height,
        width,
        classes,
        sha256,
        transform,
        preparation);
  }

  /**
   * {@code limit} images drawn without replacement; all of them, in their order, if there are no
   * more.
   */
  public ImageSet sample(int limit, java.util.SplittableRandom random) {
    if (limit >= count()) {
      return this;
    }
    return subset(Arrays.copyOf(Permutation.of(count(), random), limit));
  }

  /** The images under the name {@value Input#PIXELS}, (count, channels, height, width). */
  @Override
  public Input batch(int[] rows, int from, int count, Seed seed) {
    return Input.pixels(transform.batch(this, rows, from, count, seed));
  }

  @Override
  public Optional<String> drawnBy() {
    return transform.fixed().isPresent()
        ? Optional.empty()
        : Optional.of(transform.getClass().getSimpleName());
  }

  @Override
  public String fingerprint() {
    return "%s %sx%sx%s %s"
        .formatted(pixels.sha256(), channels, height, width, transform.fixed().orElseThrow());
  }
}

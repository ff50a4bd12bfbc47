package dev.collapsar.learn.images;

import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Bytes to floats in [0, 1], then (x - mean) / deviation with a mean and a deviation for each
 * channel.
 *
 * @param deviation above 0, as many as there are means
 */
public record Normalized(List<Double> mean, List<Double> deviation) implements ImageTransform {
  public Normalized {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (mean.size() != deviation.size() || deviation.stream().anyMatch(d -> !(d > 0))) {
      throw new IllegalArgumentException(
          "each channel needs a mean and a deviation above 0, got %s and %s"
              .formatted(mean, deviation));
    }
  }

  /**
   * With the mean and the population deviation of each channel over all pixels of these images. A
   * channel that is the same everywhere has deviation 1, so that it becomes 0.
   */
  public static Normalized by(ImageSet images) {
    List<Double> mean = new ArrayList<>();
    List<Double> deviation = new ArrayList<>();
    int plane = images.height() * images.width();
    double pixels = (double) images.count() * plane;
    // Sums of whole numbers: exact.
    long[] sums = new long[images.channels()];
    long[] squares = new long[images.channels()];
    byte[] image = new byte[images.imageSize()];
    for (int i = 0; i < images.count(); i++) {
      images.pixels().copy(i, image, 0);
      for (int c = 0; c < images.channels(); c++) {
        for (int p = c * plane; p < (c + 1) * plane; p++) {
          int value = Byte.toUnsignedInt(image[p]);
          sums[c] += value;
          squares[c] += value * value;
        }
      }
    }
    for (int c = 0; c < images.channels(); c++) {
      double average = sums[c] / pixels;
      double variance = squares[c] / pixels - average * average;
      mean.add(average / 255);
      deviation.add(variance > 0 ? Math.sqrt(variance) / 255 : 1);
    }
    return new Normalized(mean, deviation);
  }

  /** The same for grey images in three channels, or coloured ones in one: then their mean. */
  public Normalized forChannels(int channels) {
    if (channels == mean.size()) {
      return this;
    }
    return channels == 1
        ? new Normalized(List.of(middle(mean)), List.of(middle(deviation)))
        : new Normalized(
            Collections.nCopies(channels, mean.get(0)),
            Collections.nCopies(channels, deviation.get(0)));
  }

  private static double middle(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /**
   * What makes of stored images what a network of this card's input expects.
   *
   * @throws IllegalArgumentException if it expects no images
   */
  public static ImageTransform entering(InputSpec input) {
    if (!(input instanceof InputSpec.Image image)) {
      throw new IllegalArgumentException("the network takes no images but " + input);
    }
    return image.isUnit() ? ImageTransform.unit() : new Normalized(image.mean(), image.std());
  }

  @Override
  public InputSpec.Image input(ImageSet images) {
    requireChannels(images);
    return new InputSpec.Image(images.channels(), images.height(), images.width(), mean, deviation);
  }

  /** The values as floats (count, channels, height, width) in the caller's scope. */
  @Override
  public Tensor batch(ImageSet images, int[] rows, int from, int count, Seed seed) {
    requireChannels(images);
    return PixelValues.unit(images.channels())
        .normalized(mean, deviation)
        .batch(images.pixels().gather(rows, from, count), images.height(), images.width());
  }

  private void requireChannels(ImageSet images) {
    if (images.channels() != mean.size()) {
      throw new IllegalArgumentException(
          "%s has %s channels, %s is for %s"
              .formatted(images.name(), images.channels(), this, mean.size()));
    }
  }

  @Override
  public Optional<String> fixed() {
    return Optional.of(toString());
  }
}

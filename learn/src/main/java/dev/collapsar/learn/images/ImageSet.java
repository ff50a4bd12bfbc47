package dev.collapsar.learn.images;

import dev.collapsar.random.Permutation;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Images of one size with their labels, in memory as bytes.
 *
 * @param name what they are, such as {@code mnist/train}
 * @param pixels (count, channels, height, width), unsigned bytes, row-major
 * @param labels (count), class indices in 0..classes.size()-1
 * @param classes the classes' names by index
 * @param sha256 of the files they came from, by file name
 */
public record ImageSet(
    String name,
    byte[] pixels,
    int[] labels,
    int channels,
    int height,
    int width,
    List<String> classes,
    Map<String, String> sha256) {

  public ImageSet {
    Objects.requireNonNull(name);
    if ((long) labels.length * channels * height * width != pixels.length) {
      throw new IllegalArgumentException(
          "%d images of %d x %d x %d need that many pixels, got %d"
              .formatted(labels.length, channels, height, width, pixels.length));
    }
  }

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

  /** The same images among more classes. */
  public ImageSet withClasses(List<String> names) {
    return new ImageSet(name, pixels, labels, channels, height, width, names, sha256);
  }

  /** The images of these rows, in this order. */
  public ImageSet subset(int[] rows) {
    int size = imageSize();
    byte[] chosen = new byte[rows.length * size];
    int[] chosenLabels = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(pixels, rows[i] * size, chosen, i * size, size);
      chosenLabels[i] = labels[rows[i]];
    }
    return new ImageSet(name, chosen, chosenLabels, channels, height, width, classes, sha256);
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
}

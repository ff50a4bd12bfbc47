package dev.collapsar.features;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredArray;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether labels belong to features by their shapes, and what a row is: a sample of (N, D), or a
 * token of (N, T, D) with labels (N, T).
 */
final class LabelFit {
  private final StoredArray features;
  private final StoredArray labels; // null if there are none
  private final FeatureSource source;

  LabelFit(StoredArray features, StoredArray labels, FeatureSource source) {
    this.features = features;
    this.labels = labels;
    this.source = source;
  }

  /**
   * The features as rows.
   *
   * @throws InvalidInputException if the labels are of other rows
   */
  StoredArray rows() {
    long[] shape = features.shape();
    if (labels != null) {
      requireFit(shape);
    }
    if (shape.length == 2) {
      return features;
    }
    long width = shape[shape.length - 1];
    return features.reshaped(features.elements() / width, width);
  }

  /** What is said of sequences. */
  Optional<String> note() {
    long[] shape = features.shape();
    return shape.length == 2
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "features are %,d sequences of %,d: each of their %,d tokens is a row",
                shape[0],
                shape[1],
                shape[0] * shape[1]));
  }

  private void requireFit(long[] shape) {
    long[] leading = Arrays.copyOf(shape, shape.length - 1);
    long[] own = labels.shape();
    boolean each = Arrays.equals(own, leading);
    boolean more =
        own.length == shape.length && Arrays.equals(Arrays.copyOf(own, own.length - 1), leading);
    if (each || more) {
      return;
    }
    if (shape.length == 3 && own[0] == shape[0]) {
      throw new InvalidInputException(
          ("%s: holds %s, of %s; features of shape (N, T, D) are sequences and need a"
                  + " label for each"
                  + " token, (N, T); for one a sequence save its last token or the mean, (N, D)")
              .formatted(source.labels().orElseThrow(), labels, features));
    }
    long rows = Arrays.stream(leading).reduce(1, (a, b) -> a * b);
    throw new InvalidInputException(
        "%s: holds %s labels, %s holds %s rows of features: they must be as many%s"
            .formatted(
                source.labels().orElseThrow(),
                own.length == 0 ? 1 : own[0],
                source.features(),
                rows,
                own.length > 1 ? " (%s, %s)".formatted(labels, features) : ""));
  }
}

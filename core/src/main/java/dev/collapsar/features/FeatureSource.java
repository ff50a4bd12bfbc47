package dev.collapsar.features;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where features and their labels lie, and what is done with them on the way.
 *
 * @param features {@code FILE} or {@code FILE#NAME}. Without a name the array is the only one there
 *     is, else the only one with a usual name ({@code features}, {@code x}, {@code X}, {@code
 *     embeddings}), else the only one of a fitting type and shape
 * @param labels likewise ({@code labels}, {@code y}, {@code Y}, {@code targets}); it may be the
 *     same file. Empty of features without labels: all rows say 0
 * @param ignored rows of this label are left out, as losses leave out {@code ignore_index}
 * @param flattened whether features may have any number of dimensions, each sample's values being
 *     one row
 */
public record FeatureSource(
    String features, Optional<String> labels, Optional<String> ignored, boolean flattened) {
  /** Features with the labels that stand in the same file. */
  public static FeatureSource of(String features) {
    boolean named = !Files.exists(Path.of(features));
    return of(features, named ? features.replaceFirst("#[^#]*$", "") : features);
  }

  /** Features with their labels. */
  public static FeatureSource of(String features, String labels) {
    return new FeatureSource(features, Optional.of(labels), Optional.empty(), false);
  }

  /** Features that have no labels, such as out-of-distribution ones. */
  public static FeatureSource unlabelled(String features) {
    return new FeatureSource(features, Optional.empty(), Optional.empty(), false);
  }

  /** Without the rows of this label. */
  public FeatureSource ignoring(Optional<String> label) {
    return new FeatureSource(features, labels, label, flattened);
  }

  /** With each sample's values as one row, if they are to be, however many dimensions they have. */
  public FeatureSource flattened(boolean flat) {
    return new FeatureSource(features, labels, ignored, flat);
  }
}

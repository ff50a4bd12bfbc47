package dev.collapsar.features;

import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Several arrays of features in one file, with the same labels: {@code FILE#layer1,layer2} names
 * them, {@code FILE#*} means all that have a row for each label. The last is the representation
 * that a classifier reads.
 */
public final class TapNames {
  private TapNames() {}

  /**
   * Each array's name, in the order given or of the file; empty if the address is of one.
   *
   * @param labels where the labels lie; in the same file if absent
   * @throws dev.collapsar.InvalidInputException if the file or the labels cannot be read, or no
   *     array has rows for the labels
   */
  public static List<String> of(String features, Optional<String> labels) {
    int hash = features.lastIndexOf('#');
    if (hash < 0 || Files.exists(Path.of(features))) {
      return List.of();
    }
    String name = features.substring(hash + 1);
    String file = features.substring(0, hash);
    if (name.equals("*")) {
      return all(file, labels.orElse(file));
    }
    List<String> names = Arrays.stream(name.split(",")).map(String::strip).toList();
    return names.size() > 1 && !holds(file, name) ? names : List.of();
  }

  /** The address of one of the arrays. */
  public static String address(String features, String tap) {
    return features.substring(0, features.lastIndexOf('#') + 1) + tap;
  }

  /** A comma may be part of a name. */
  private static boolean holds(String file, String name) {
    try (ArrayFile opened = ArrayFile.open(file)) {
      return opened.arrays().stream().anyMatch(array -> array.name().equals(name));
    }
  }

  private static List<String> all(String file, String labels) {
    try (ArrayFile opened = ArrayFile.open(file);
        ArrayFile labelled = ArrayFile.open(labels)) {
      StoredArray label = labelled.labels();
      List<String> names =
          opened.arrays().stream()
              .filter(array -> array.type() != null && array.type().isFloating())
              .filter(array -> array.shape().length == 2 || array.shape().length == 3)
              .filter(array -> array.rows() == label.rows())
              .filter(array -> !file.equals(labels) || !array.name().equals(label.name()))
              .map(StoredArray::name)
              .toList();
      if (names.isEmpty()) {
        throw label.bad("no features in %s have %d rows as its labels", file, label.rows());
      }
      return names;
    }
  }
}

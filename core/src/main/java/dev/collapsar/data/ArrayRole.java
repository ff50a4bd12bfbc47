package dev.collapsar.data;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What an array of a file is wanted for: how it is found there and what it must look like. */
enum ArrayRole {
  /** (N, D) real numbers. */
  FEATURES(2, true, "features", "feature", "x", "X", "embeddings"),
  /** (N, ...) real numbers, of which each sample's are one row. */
  MAPS(2, true, FEATURES.names),
  /** (N) or (N, 1) integers. */
  LABELS(1, false, "labels", "label", "y", "Y", "targets"),
  /** (K, D) real numbers. */
  WEIGHTS(2, true, "weights", "weight", "W", "fc.weight", "classifier.weight", "head.weight"),
  /** (K) real numbers. */
  BIAS(1, true, "bias", "b", "fc.bias", "classifier.bias", "head.bias");

  private static final int MOST_LISTED = 12;

  private final int dimensions;
  private final boolean floating;
  private final List<String> names;

  ArrayRole(int dimensions, boolean floating, String... names) {
    this(dimensions, floating, List.of(names));
  }

  ArrayRole(int dimensions, boolean floating, List<String> names) {
    this.dimensions = dimensions;
    this.floating = floating;
    this.names = names;
  }

  /**
   * The array for this role: the only one there is, else the only one with one of the names usual
   * for the role, else the only one of a fitting type and shape.
   */
  StoredArray find(FileBytes file, List<StoredArray> arrays) {
    if (arrays.size() == 1) {
      return check(arrays.get(0));
    }
    List<StoredArray> fitting =
        arrays.stream().filter(array -> fitsType(array) && fitsShape(array)).toList();
    List<StoredArray> named =
        fitting.stream().filter(array -> names.contains(array.name())).toList();
    if (named.size() == 1) {
      return check(named.get(0));
    }
    if (fitting.size() == 1) {
      return check(fitting.get(0));
    }
    throw file.bad(
        "which array holds the %s (%s)? Name it as FILE#NAME; there are: %s",
        this, wanted(), listing(arrays));
  }

  /** The array itself. */
  StoredArray check(StoredArray array) {
    if (!fitsType(array)) {
      throw array.file().bad("%s: %s are %s%s", array, this, wanted(), array.objectAdvice());
    }
    if (!fitsShape(array)) {
      throw array
          .file()
          .bad(
              "%s: %s are %s, with no dimension of 0 and at most %d columns%s",
              array, this, wanted(), StoredArray.WIDEST, mapsAdvice(array));
    }
    return array;
  }

  private boolean fitsType(StoredArray array) {
    return array.type() != null && array.type().isFloating() == floating;
  }

  private boolean fitsShape(StoredArray array) {
    long[] shape = array.shape();
    boolean column = this == LABELS && shape.length == 2 && shape[1] == 1;
    boolean map = this == MAPS && shape.length > dimensions;
    return (shape.length == dimensions || column || map)
        && shape[0] > 0
        && array.rowLength() > 0
        && array.rowLength() <= StoredArray.WIDEST;
  }

  private String mapsAdvice(StoredArray array) {
    return this == FEATURES && array.shape().length > dimensions
        ? " (--flatten makes each sample's values one row)"
        : "";
  }

  private String wanted() {
    return (floating ? "float16, bfloat16, float32 or float64" : "integers")
        + switch (this) {
          case FEATURES -> " of shape (rows, width)";
          case MAPS -> " of shape (rows, ...)";
          case LABELS -> " of shape (rows,)";
          case WEIGHTS -> " of shape (classes, width)";
          case BIAS -> " of shape (classes,)";
        };
  }

  static String listing(List<StoredArray> arrays) {
    String listed =
        arrays.stream().limit(MOST_LISTED).map(Object::toString).collect(Collectors.joining(", "));
    int more = arrays.size() - MOST_LISTED;
    return arrays.isEmpty() ? "none" : more > 0 ? listed + " and " + more + " more" : listed;
  }

  @Override
  public String toString() {
    return this == MAPS ? FEATURES.toString() : name().toLowerCase(Locale.ROOT);
  }
}

package dev.collapsar.data;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The use of an array of a file: how it is found there and what it must look like. */
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
    List<StoredArray> named =
        arrays.stream().filter(array -> names.contains(array.name()) && fits(array)).toList();
    if (named.size() == 1) {
      return named.get(0);
    }
    List<StoredArray> usual = arrays.stream().filter(this::isUsual).toList();
    if (usual.size() == 1) {
      return usual.get(0);
    }
    List<StoredArray> fitting = arrays.stream().filter(this::fits).toList();
    if (named.isEmpty() && usual.isEmpty() && fitting.size() == 1) {
      return fitting.get(0);
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
              array, this, wanted(), StoredArray.WIDEST, shapeAdvice(array));
    }
    return array;
  }

  private boolean fits(StoredArray array) {
    return fitsType(array) && fitsShape(array);
  }

  /** Whether it is the plain form of what is wanted: what is found without a usual name. */
  private boolean isUsual(StoredArray array) {
    long[] shape = array.shape();
    boolean column = this == LABELS && shape.length == 2 && shape[1] == 1;
    boolean plain = array.type() == null || array.type().isFloating() == floating;
    return fits(array) && plain && (shape.length == dimensions || column);
  }

  private boolean fitsType(StoredArray array) {
    return this == LABELS
        ? array.type() != null || array.isText()
        : array.type() != null && array.type().isFloating();
  }

  private boolean fitsShape(StoredArray array) {
    long[] shape = array.shape();
    return shape.length >= dimensions
        && shape.length <= mostDimensions()
        && array.elements() > 0
        && (shape.length == 1 || width(array) <= StoredArray.WIDEST);
  }

  private long width(StoredArray array) {
    long[] shape = array.shape();
    return this == MAPS ? array.rowLength() : shape[shape.length - 1];
  }

  private int mostDimensions() {
    return switch (this) {
      case FEATURES, LABELS -> 3;
      case MAPS -> Integer.MAX_VALUE;
      case WEIGHTS, BIAS -> dimensions;
    };
  }

  private String shapeAdvice(StoredArray array) {
    int dimensions = array.shape().length;
    return switch (this) {
      case FEATURES ->
          dimensions > 3
              ? "; --flatten makes each sample's values one row, or maps are pooled first, such as"
                  + " x.mean((2, 3)) of (N, C, H, W)"
              : "";
      case MAPS, WEIGHTS, BIAS, LABELS -> "";
    };
  }

  private String wanted() {
    String real = "float16, bfloat16, float32 or float64";
    return switch (this) {
      case FEATURES -> real + " of shape (rows, width), or (sequences, tokens, width)";
      case MAPS -> real + " of shape (rows, ...)";
      case LABELS -> "whole numbers or text of shape (rows,), or one-hot rows (rows, classes)";
      case WEIGHTS -> real + " of shape (classes, width)";
      case BIAS -> real + " of shape (classes,)";
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

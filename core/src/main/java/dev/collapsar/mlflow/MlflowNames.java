package dev.collapsar.mlflow;

import java.util.regex.Pattern;

/**
 * Names and values as every MLflow server takes them: keys of letters, digits and {@code _-.:/} and
 * spaces, paths without empty or dotted parts, nothing longer than 250 characters.
 */
final class MlflowNames {
  static final int LONGEST = 250;

  private static final Pattern REFUSED = Pattern.compile("[^\\p{L}\\p{Nd}_\\-. :/]");
  private static final Pattern DOTS = Pattern.compile("(?<=^|/)\\.{1,2}(?=/|$)");
  private static final Pattern EMPTY = Pattern.compile("/{2,}");

  private MlflowNames() {}

  /** The key itself where it is allowed, otherwise the nearest one that is. */
  static String key(String wanted) {
    String key = REFUSED.matcher(wanted).replaceAll("_");
    key = EMPTY.matcher(key).replaceAll("/");
    key = DOTS.matcher(key).replaceAll("_");
    key = key.replaceAll("^/|/$", "_");
    return shortened(key);
  }

  /** The value, cut with an ellipsis if it is too long for older servers. */
  static String value(String wanted) {
    return shortened(wanted);
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
  }
}

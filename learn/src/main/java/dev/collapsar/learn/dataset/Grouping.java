package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.Arrangement.Item;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The grouping of images that a split must not divide: a patient, a camera, an object. Read from a
 * file's name, or from a column of a table.
 */
public final class Grouping {
  /** How it is spelled, in words. */
  public static final String ALLOWED =
      "none; prefix: a file's name up to its first - or _; column:NAME of the table; or a regular"
          + " expression whose first group, found in a file's path, names it";

  private static final String NONE = "none";
  private static final String PREFIX = "prefix";
  private static final String COLUMN = "column:";
  private static final Pattern UP_TO_A_DASH = Pattern.compile("([^/]*?)[-_][^/]*$");

  private final String text;

  private Grouping(String text) {
    this.text = text;
  }

  /** Every image stands alone. */
  public static Grouping none() {
    return new Grouping(NONE);
  }

  /**
   * As it is spelled.
   *
   * @throws IllegalArgumentException if it is none of {@link #ALLOWED}
   */
  public static Grouping of(String text) {
    boolean named = text.equals(NONE) || text.equals(PREFIX) || text.startsWith(COLUMN);
    try {
      if (!named && Pattern.compile(text).matcher("").groupCount() < 1) {
        throw new IllegalArgumentException(text + " has no group");
      }
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return new Grouping(text);
  }

  /** Whether images may belong together. */
  public boolean isAny() {
    return !text.equals(NONE);
  }

  @Override
  public String toString() {
    return text;
  }

  /**
   * What an image belongs to; empty if it stands alone.
   *
   * @throws InvalidInputException if the table has no such column, or the pattern is not found
   */
  String of(Item item) {
    if (!isAny()) {
      return "";
    }
    if (text.startsWith(COLUMN)) {
      String column = text.substring(COLUMN.length()).toLowerCase(Locale.ROOT);
      String value = item.columns().get(column);
      if (value == null) {
        throw new InvalidInputException(
            "data.group=%s: there is no such column; there are %s"
                .formatted(
                    text,
                    item.columns().isEmpty()
                        ? "none, the images come without a table"
                        : String.join(", ", item.columns().keySet())));
      }
      return value;
    }
    Pattern pattern = text.equals(PREFIX) ? UP_TO_A_DASH : Pattern.compile(text);
    Matcher found = pattern.matcher(item.path());
    if (!found.find()) {
      throw new InvalidInputException(
          "data.group=%s: is not found in %s".formatted(text, item.path()));
    }
    String group = found.group(1);
    return group == null ? "" : group;
  }
}

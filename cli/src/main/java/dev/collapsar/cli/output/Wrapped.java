package dev.collapsar.cli.output;

import java.util.StringJoiner;

/** Sentences for a terminal of 80 columns. */
public final class Wrapped {
  private static final int TERMINAL = 80;

  private Wrapped() {}

  /**
   * The words of a text behind a heading, the lines after the first as far to the right; a word
   * that is longer than a line, such as a path, stands whole.
   */
  public static String behind(String heading, String text) {
    String indent = " ".repeat(heading.length());
    StringJoiner lines = new StringJoiner(System.lineSeparator());
    StringBuilder line = new StringBuilder(heading);
    for (String word : text.split(" ")) {
      if (line.length() > heading.length() && line.length() + 1 + word.length() > TERMINAL) {
        lines.add(line);
        line = new StringBuilder(indent);
      }
      line.append(line.length() > heading.length() ? " " : "").append(word);
    }
    return lines.add(line).toString();
  }
}

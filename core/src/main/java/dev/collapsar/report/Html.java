package dev.collapsar.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Markup under construction: what comes from records enters only through {@link #text} and
 * attribute values, where nothing in it is markup.
 */
public final class Html {
  private final StringBuilder out = new StringBuilder();

  /** Opens an element, {@code name.class.class}, with attributes as name and value in turn. */
  public Html open(String element, String... attributes) {
    String[] parts = element.split("\\.");
    out.append('<').append(parts[0]);
    if (parts.length > 1) {
      out.append(" class=\"").append(element.substring(parts[0].length() + 1).replace('.', ' '));
      out.append('"');
    }
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      out.append(escaped(attributes[i + 1])).append('"');
    }
    out.append('>');
    return this;
  }

  /** Closes an element, and its line. */
  public Html close(String name) {
    out.append("</").append(name).append(">\n");
    return this;
  }

  /** Text in which nothing is markup. */
  public Html text(String text) {
    out.append(escaped(text));
    return this;
  }

  /** An element that holds only text. */
  public Html element(String element, String text, String... attributes) {
    open(element, attributes).text(text);
    int dot = element.indexOf('.');
    return close(dot < 0 ? element : element.substring(0, dot));
  }

  /** Markup of our own, never from a record. */
  public Html raw(String markup) {
    out.append(markup);
    return this;
  }

  @Override
  public String toString() {
    return out.toString();
  }

  private static final Pattern SPECIAL = Pattern.compile("[&<>\"'\\p{Cntrl}&&[^\\n\\t]]");

  private static String escaped(String text) {
    return SPECIAL
        .matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    switch (match.group().charAt(0)) {
                      case '&' -> "&amp;";
                      case '<' -> "&lt;";
                      case '>' -> "&gt;";
                      case '"' -> "&quot;";
                      case '\'' -> "&#39;";
                      default -> "\uFFFD"; // a control character has no meaning in HTML
                    }));
  }
}

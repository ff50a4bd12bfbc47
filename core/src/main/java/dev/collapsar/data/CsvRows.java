package dev.collapsar.data;

import java.util.ArrayList;
import java.util.List;

/** Comma-separated values with quotes, as RFC 4180 has them. */
public final class CsvRows {
  private final String text;
  private final char separator;
  private int at;

  private CsvRows(String text, char separator) {
    this.text = text;
    this.separator = separator;
  }

  /**
   * The cells of each line that is not empty; separated by semicolons or tabs where the first line
   * has no comma.
   *
   * @throws IllegalArgumentException if a quote does not end
   */
  public static List<List<String>> of(String text) {
    String first = text.lines().findFirst().orElse("");
    char separator = first.indexOf(',') >= 0 ? ',' : first.indexOf(';') >= 0 ? ';' : '\t';
    CsvRows csv = new CsvRows(text.startsWith("\ufeff") ? text.substring(1) : text, separator);
    List<List<String>> rows = new ArrayList<>();
    while (csv.at < csv.text.length()) {
      List<String> row = csv.row();
      if (row.size() > 1 || !row.get(0).isEmpty()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private List<String> row() {
    List<String> cells = new ArrayList<>();
    while (true) {
      cells.add(cell());
      if (at >= text.length()) {
        return cells;
      }
      char end = text.charAt(at++);
      if (end == separator) {
        continue;
      }
      if (end == '\r' && at < text.length() && text.charAt(at) == '\n') {
        at++;
      }
      return cells;
    }
  }

  private String cell() {
    StringBuilder cell = new StringBuilder();
    boolean quoted = at < text.length() && text.charAt(at) == '"';
    if (quoted) {
      at++;
    }
    while (at < text.length()) {
      char c = text.charAt(at);
      if (quoted && c == '"') {
        at++;
        quoted = at < text.length() && text.charAt(at) == '"';
        if (quoted) {
          cell.append('"');
          at++;
        }
      } else if (!quoted && (c == separator || c == '\n' || c == '\r')) {
        return cell.toString().strip();
      } else {
        cell.append(c);
        at++;
      }
    }
    if (quoted) {
      throw new IllegalArgumentException("a quote does not end");
    }
    return cell.toString().strip();
  }
}

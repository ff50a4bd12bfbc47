package dev.collapsar.features;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Comma-separated values with quotes, as RFC 4180 has them. */
public final class CsvRows {
  private static final int NOTHING = -2;
  private static final int END = -1;

  private final Reader text;
  private final char separator;
  private int ahead = NOTHING;

  private CsvRows(Reader text, char separator) {
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
    List<List<String>> rows = new ArrayList<>();
    try {
      read(new StringReader(text), separator(text.lines().findFirst().orElse("")), rows::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // no text in memory does that
    }
    return rows;
  }

  /** What separates the cells of a table with this first line. */
  static char separator(String line) {
    return line.indexOf(',') >= 0 ? ',' : line.indexOf(';') >= 0 ? ';' : '\t';
  }

  /**
   * The same of a table of any length, a row at a time.
   *
   * @throws IllegalArgumentException if a quote does not end
   */
  static void read(Reader text, char separator, Consumer<List<String>> rows) throws IOException {
    CsvRows csv = new CsvRows(text, separator);
    if (csv.peek() == '\ufeff') {
      csv.next();
    }
    while (csv.peek() != END) {
      List<String> row = csv.row();
      if (row.size() > 1 || !row.get(0).isEmpty()) {
        rows.accept(row);
      }
    }
  }

  private int peek() throws IOException {
    if (ahead == NOTHING) {
      ahead = text.read();
    }
    return ahead;
  }

  private int next() throws IOException {
    int c = peek();
    ahead = NOTHING;
    return c;
  }

  private List<String> row() throws IOException {
    List<String> cells = new ArrayList<>();
    while (true) {
      cells.add(cell());
      int end = next();
      if (end == separator) {
        continue;
      }
      if (end == '\r' && peek() == '\n') {
        next();
      }
      return cells;
    }
  }

  private String cell() throws IOException {
    StringBuilder cell = new StringBuilder();
    boolean quoted = peek() == '"';
    if (quoted) {
      next();
    }
    while (peek() != END) {
      int c = peek();
      if (!quoted && (c == separator || c == '\n' || c == '\r')) {
        return cell.toString().strip();
      }
      next();
      if (quoted && c == '"') {
        quoted = peek() == '"';
        if (!quoted) {
          continue;
        }
        next();
      }
      cell.append((char) c);
    }
    if (quoted) {
      throw new IllegalArgumentException("a quote does not end");
    }
    return cell.toString().strip();
  }
}

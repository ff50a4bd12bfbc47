package dev.collapsar.features;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Comma-separated values with quotes, as RFC 4180 has them. */
public final class CsvRows {
  private static final int END = -1;

  private final Reader text;
  private final char separator;
  private final char[] part = new char[1 << 13];
  private final StringBuilder cell = new StringBuilder();
  private int at;
  private int count;

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
   * @param rows is given each, and says whether the next is wanted
   * @throws IllegalArgumentException if a quote does not end
   */
  static void read(Reader text, char separator, Predicate<List<String>> rows) throws IOException {
    CsvRows csv = new CsvRows(text, separator);
    if (csv.peek() == '\ufeff') {
      csv.next();
    }
    boolean wanted = true;
    while (wanted && csv.peek() != END) {
      List<String> row = csv.row();
      if (row.size() > 1 || !row.get(0).isEmpty()) {
        wanted = rows.test(row);
      }
    }
  }

  private int peek() throws IOException {
    if (at == count) {
      at = 0;
      count = Math.max(0, text.read(part));
    }
    return count == 0 ? END : part[at];
  }

  private int next() throws IOException {
    int c = peek();
    at += c == END ? 0 : 1;
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
    cell.setLength(0);
    if (peek() == '"') {
      next();
      quoted();
    }
    while (peek() != END) {
      int from = at;
      while (at < count && part[at] != separator && part[at] != '\n' && part[at] != '\r') {
        at++;
      }
      cell.append(part, from, at - from);
      if (at < count) {
        break;
      }
    }
    return cell.toString().strip();
  }

  /** What stands before a quote that is not followed by another. */
  private void quoted() throws IOException {
    while (peek() != END) {
      int c = next();
      if (c == '"' && peek() != '"') {
        return;
      }
      if (c == '"') {
        next();
      }
      cell.append((char) c);
    }
    throw new IllegalArgumentException("a quote does not end");
  }
}

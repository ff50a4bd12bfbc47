package dev.collapsar;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lines of the CSV files that are written: fields quoted as in RFC 4180, where they must be. */
public final class CsvLine {
  private CsvLine() {}

  /** A line without its end. */
  public static String of(Stream<String> fields) {
    return fields.map(CsvLine::field).collect(Collectors.joining(","));
  }

  /** A field: as it is, or in quotes with those in it doubled. */
  public static String field(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : quoted(text);
  }

  /** A field in quotes, whether it needs them or not. */
  public static String quoted(String text) {
    return '"' + text.replace("\"", "\"\"") + '"';
  }
}

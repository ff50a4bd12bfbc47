package dev.collapsar.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Rows of text in columns as wide as they need to be; columns of numbers are set flush right. */
public final class TextTable {
  /** What a column of numbers may hold besides: nothing, or why there is no number. */
  private static final String NUMBER = "|-|[-+0-9.,e%]+|Infinity|undefined|\\(none\\)";

  private static final int LONGEST_CELL = 200;
  private static final int TERMINAL = 80;

  /** Spaces between columns. */
  private static final int GAP = 2;

  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param headings one a column; no line of headings is written where all are empty
   */
  public TextTable(String... headings) {
    rows.add(List.of(headings));
  }

  /** Adds a row of as many cells as there are headings. */
  public TextTable row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          "%s cells in a table of %s columns".formatted(cells.length, rows.get(0).size()));
    }
    rows.add(Arrays.stream(cells).map(TextTable::cut).toList());
    return this;
  }

  /** A name in somebody's file may be longer than a screen. */
  private static String cut(String cell) {
    return cell.length() <= LONGEST_CELL ? cell : cell.substring(0, LONGEST_CELL) + "...";
  }

  /** The table as lines, each of which begins with the indent and ends with a line break. */
  public String toText(String indent) {
    return text(indent, IntStream.range(0, widths().length).toArray(), rows);
  }

  /**
   * The same for a terminal of 80 columns: what does not fit stands in further tables below, each
   * behind the first column again.
   */
  public String folded() {
    int[] widths = widths();
    StringBuilder text = new StringBuilder();
    for (int from = 1; from < widths.length || from == 1; ) {
      int to = from;
      for (int width = widths[0];
          to < widths.length && (to == from || width + GAP + widths[to] <= TERMINAL);
          to++) {
        width += GAP + widths[to];
      }
      text.append(text.isEmpty() ? "" : System.lineSeparator());
      int[] shown = IntStream.concat(IntStream.of(0), IntStream.range(from, to)).toArray();
      text.append(text("", shown, text.isEmpty() ? rows : said(from, to)));
      from = Math.max(to, 2);
    }
    return text.toString();
  }

  /** The rows that have anything in these columns. */
  private List<List<String>> said(int from, int to) {
    return rows.stream()
        .filter(
            row -> row == rows.get(0) || !row.subList(from, to).stream().allMatch(String::isEmpty))
        .toList();
  }

  private int[] widths() {
    return IntStream.range(0, rows.get(0).size())
        .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElse(0))
        .toArray();
  }

  private String text(String indent, int[] columns, List<List<String>> lines) {
    int[] widths = widths();
    boolean[] right = new boolean[widths.length];
    for (int i = 0; i < widths.length; i++) {
      right[i] = isNumeric(i);
    }
    StringBuilder text = new StringBuilder();
    boolean headed = !rows.get(0).stream().allMatch(String::isEmpty);
    for (List<String> row : headed ? lines : lines.subList(1, lines.size())) {
      StringBuilder line = new StringBuilder(indent);
      for (int i : columns) {
        String padding = " ".repeat(widths[i] - row.get(i).length());
        line.append(right[i] ? padding + row.get(i) : row.get(i) + padding);
        line.append(" ".repeat(GAP));
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  private boolean isNumeric(int column) {
    return body().stream().allMatch(row -> row.get(column).matches(NUMBER));
  }

  private List<List<String>> body() {
    return rows.subList(1, rows.size());
  }
}

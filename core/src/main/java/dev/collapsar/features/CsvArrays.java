package dev.collapsar.features;

import com.fasterxml.jackson.core.io.NumberInput;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFormat;
import dev.collapsar.data.ElementType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Tables of comma-separated values as arrays: columns of numbers are the {@code features} (N, D)
 * together, but one with a usual name of labels; each column of text is an array of its own name.
 * Cells are separated by commas, semicolons, tabs, or (numbers alone) spaces. The first line names
 * the columns unless it holds numbers, or is a word of a single column that stands below again.
 */
public final class CsvArrays implements ArrayFormat {
  private static final Pattern NAME =
      Pattern.compile(".*\\.(csv|tsv|txt)", Pattern.CASE_INSENSITIVE);
  private static final Set<String> WORDS = Set.of("nan", "inf", "infinity");
  private static final Set<String> INDEX = Set.of("", "Unnamed: 0", "index");
  private static final int LONGEST_LINE = 1 << 24;
  private static final int LONGEST_WORD = 20; // that is said

  @Override
  public boolean isOf(Path file, byte[] start) {
    return NAME.matcher(file.toString()).matches();
  }

  @Override
  public void unpack(Path file, Unpacked into) {
    into.hint("columns of numbers are features together, but one called label, y, target or class");
    Table table = new Table(file, into);
    table.look();
    table.write();
  }

  /** Whether it is a decimal number, or {@code nan}, {@code inf} or {@code infinity}. */
  private static boolean isNumber(String cell) {
    int at = isSign(cell, 0) ? 1 : 0;
    int whole = digits(cell, at);
    int point = at + whole < cell.length() && cell.charAt(at + whole) == '.' ? 1 : 0;
    int fraction = point == 0 ? 0 : digits(cell, at + whole + 1);
    if (whole + fraction == 0) {
      return WORDS.contains(cell.substring(at).toLowerCase(Locale.ROOT));
    }
    at += whole + point + fraction;
    if (at == cell.length()) {
      return true;
    }
    boolean raised = cell.charAt(at) == 'e' || cell.charAt(at) == 'E';
    at += isSign(cell, at + 1) ? 2 : 1;
    int power = digits(cell, at);
    return raised && power > 0 && at + power == cell.length();
  }

  private static boolean isSign(String cell, int at) {
    return at < cell.length() && (cell.charAt(at) == '-' || cell.charAt(at) == '+');
  }

  /** How many decimal digits there are from a place on. */
  private static int digits(String cell, int from) {
    int at = from;
    while (at < cell.length() && cell.charAt(at) >= '0' && cell.charAt(at) <= '9') {
      at++;
    }
    return at - from;
  }

  private static double number(String cell) {
    if (Character.isLetter(cell.charAt(cell.length() - 1))) {
      boolean none = cell.toLowerCase(Locale.ROOT).endsWith("nan");
      return none
          ? Double.NaN
          : cell.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    return NumberInput.parseDouble(cell, true);
  }

  /** A column, as the first reading found it. */
  private static final class Column {
    private final String name;
    private boolean numbers = true;
    private boolean counts;
    private boolean gaps;
    private long wordRow;
    private String word; // the first cell that is no number

    Column(String name) {
      this.name = name;
      counts = INDEX.contains(name);
    }

    void look(long row, String cell) {
      gaps |= cell.isEmpty();
      if (numbers && !cell.isEmpty() && !isNumber(cell)) {
        numbers = false;
        wordRow = row;
        word = cell;
      }
      counts = counts && cell.equals(Long.toString(row));
    }

    boolean isIndex() {
      return counts;
    }

    boolean isLabel() {
      return ArrayFormat.namesLabels(name);
    }

    boolean isText() {
      return !numbers || isLabel() && gaps;
    }

    /** Its name and what makes it text. */
    String asText() {
      String start = word.length() > LONGEST_WORD ? word.substring(0, LONGEST_WORD) + "..." : word;
      return "%s ('%s' in row %s)".formatted(name, start, wordRow);
    }
  }

  private static final class Table {
    private final Path file;
    private final Unpacked into;
    private final List<Column> columns = new ArrayList<>();
    private char separator;
    private boolean named;
    private long lines;

    Table(Path file, Unpacked into) {
      this.file = file;
      this.into = into;
    }

    /** What the columns are. */
    void look() {
      List<List<String>> first = new ArrayList<>();
      Set<String> again = new HashSet<>();
      read(
          cells -> {
            if (first.isEmpty()) {
              first.add(cells);
            } else if (cells.size() == 1) {
              again.add(cells.get(0));
            }
            return first.get(0).size() == 1;
          });
      if (first.isEmpty()) {
        throw into.bad("is empty");
      }
      List<String> names = first.get(0);
      boolean single = names.size() == 1;
      boolean word = single && !ArrayFormat.namesLabels(names.get(0));
      named =
          !names.stream().allMatch(CsvArrays::isNumber) && !(word && again.contains(names.get(0)));
      for (int j = 0; j < names.size(); j++) {
        columns.add(new Column(named ? names.get(j) : single ? "labels" : "column " + j));
      }
      forEachRow(
          cells -> {
            for (int j = 0; j < columns.size(); j++) {
              columns.get(j).look(lines - 1, cells.get(j));
            }
          });
      if (lines == 0) {
        throw into.bad("has no line below its line of names");
      }
    }

    private void forEachRow(Consumer<List<String>> rows) {
      lines = 0;
      boolean[] skip = {named};
      read(
          cells -> {
            if (skip[0]) {
              skip[0] = false;
              return true;
            }
            lines++;
            if (cells.size() != columns.size()) {
              throw into.bad(
                  "row %d has %d cells, the first line has %d",
                  lines - 1, cells.size(), columns.size());
            }
            rows.accept(cells);
            return true;
          });
    }

    void write() {
      List<Integer> numbers = new ArrayList<>();
      List<Integer> singles = new ArrayList<>();
      boolean alone = columns.size() == 1;
      for (int j = 0; j < columns.size(); j++) {
        Column column = columns.get(j);
        if (!alone && column.isIndex()) {
          into.say("column %s '%s' counts the rows and is left out".formatted(j, column.name));
        } else if (alone || column.isText() || column.isLabel()) {
          singles.add(j);
        } else {
          numbers.add(j);
        }
      }
      Unpacked.Rows features =
          numbers.isEmpty() ? null : into.rows("features", ElementType.F64, numbers.size());
      List<Consumer<String>> sinks = new ArrayList<>();
      List<Runnable> ends = new ArrayList<>();
      singles.forEach(j -> single(columns.get(j), sinks, ends));
      forEachRow(
          cells -> {
            for (int j : numbers) {
              features.add(value(cells.get(j), columns.get(j)));
            }
            for (int i = 0; i < sinks.size(); i++) {
              sinks.get(i).accept(cells.get(singles.get(i)));
            }
          });
      if (features != null) {
        features.end();
        if (named) {
          into.say(
              "features are the %s columns %s"
                  .formatted(
                      numbers.size(),
                      LabelCodes.shown(numbers.stream().map(j -> columns.get(j).name).toList())));
        }
        sayText();
      }
      ends.forEach(Runnable::run);
    }

    private void sayText() {
      List<String> texts =
          columns.stream()
              .filter(column -> column.isText() && !column.isLabel())
              .map(Column::asText)
              .toList();
      if (!texts.isEmpty()) {
        into.say("columns of text are no features: " + LabelCodes.shown(texts));
      }
    }

    private void single(Column column, List<Consumer<String>> sinks, List<Runnable> ends) {
      if (column.isText()) {
        Unpacked.Words words = into.words(column.name);
        sinks.add(words::add);
        ends.add(words::end);
      } else {
        Unpacked.Rows rows = into.rows(column.name, ElementType.F64);
        sinks.add(cell -> rows.add(value(cell, column)));
        ends.add(rows::end);
      }
    }

    private double value(String cell, Column column) {
      if (cell.isEmpty()) {
        throw into.bad("row %d has no value in column '%s'", lines - 1, column.name);
      }
      return number(cell);
    }

    private String firstLine() throws IOException {
      StringBuilder line = new StringBuilder();
      try (BufferedReader text = Files.newBufferedReader(file)) {
        for (int c = text.read(); c >= 0 && c != '\n' && c != '\r'; c = text.read()) {
          if (line.length() == LONGEST_LINE) {
            throw into.bad("has a first line of more than %d characters", LONGEST_LINE);
          }
          line.append((char) c);
        }
      }
      return line.toString().strip();
    }

    private void read(Predicate<List<String>> rows) {
      try (Reader text = Files.newBufferedReader(file)) {
        String line = firstLine();
        separator = CsvRows.separator(line);
        boolean spaced =
            separator == '\t'
                && line.indexOf('\t') < 0
                && List.of(line.split(" +")).stream().allMatch(CsvArrays::isNumber);
        separator = spaced ? ' ' : separator;
        CsvRows.read(
            text,
            separator,
            cells ->
                rows.test(
                    spaced ? cells.stream().filter(cell -> !cell.isEmpty()).toList() : cells));
      } catch (CharacterCodingException e) {
        throw new InvalidInputException(file + ": is no text in UTF-8", e);
      } catch (IllegalArgumentException e) {
        throw new InvalidInputException(file + ": " + e.getMessage(), e);
      } catch (IOException e) {
        throw InvalidInputException.because(file + ": cannot be read", e);
      }
    }
  }
}

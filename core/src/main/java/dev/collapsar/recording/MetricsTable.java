package dev.collapsar.recording;

import dev.collapsar.InvalidInputException;
import dev.collapsar.features.CsvRows;
import dev.collapsar.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Numbers by epoch that another program computed, from a table of comma-separated values: wide (a
 * column a metric) or tidy (columns {@code metric} and {@code value}). {@code epoch} counts; where
 * a line has none, {@code step} does. Columns {@code variant}, {@code stage} and {@code layer} are
 * optional. An empty cell is no number; {@code nan} and infinities are undefined ones.
 *
 * @param rows in the order of the table; of several at one epoch the last stands
 * @param notes what a reader should know, one sentence each
 */
public record MetricsTable(List<RunRecord.Row> rows, List<String> notes) {
  private static final Set<String> PLACES = Set.of("epoch", "step", "variant", "stage", "layer");
  private static final Set<String> UNDEFINED =
      Set.of("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "na", "none", "null");

  private record Place(String variant, String stage, int epoch, String layer, String metric) {}

  /**
   * Reads a table.
   *
   * @param variant whose numbers they are, where the table does not say
   * @throws InvalidInputException if it has no column of epochs or steps, no metric, or a cell that
   *     is no number, naming the line
   */
  public static MetricsTable read(Path file, String variant) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw InvalidInputException.because("--metrics " + file + " cannot be read", e);
    }
    List<List<String>> lines;
    try {
      lines = CsvRows.of(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException("--metrics %s: %s".formatted(file, e.getMessage()));
    }
    if (lines.size() < 2) {
      throw new InvalidInputException(
          "--metrics %s: has no line of numbers below a line of names".formatted(file));
    }
    return new Reader(file, lines.get(0), variant).read(lines.subList(1, lines.size()));
  }

  private static final class Reader {
    private final Path file;
    private final List<String> names;
    private final String variant;
    private final boolean tidy;
    private final Map<Place, RunRecord.Row> rows = new LinkedHashMap<>();
    private final Map<String, Integer> repeated = new LinkedHashMap<>();
    private boolean stepsStandForEpochs;

    Reader(Path file, List<String> header, String variant) {
      this.file = file;
      this.names = header.stream().map(String::strip).toList();
      this.variant = variant;
      this.tidy = names.contains("metric") && names.contains("value");
      if (!names.contains("epoch") && !names.contains("step")) {
        throw new InvalidInputException(
            "--metrics %s: needs a column epoch or step; it has %s".formatted(file, names));
      }
      if (!tidy && PLACES.containsAll(names)) {
        throw new InvalidInputException(
            "--metrics %s: has no column of a metric beside %s".formatted(file, names));
      }
    }

    MetricsTable read(List<List<String>> lines) {
      for (int i = 0; i < lines.size(); i++) {
        read(i + 2, lines.get(i));
      }
      List<String> notes = new ArrayList<>();
      if (stepsStandForEpochs) {
        notes.add("%s has lines without an epoch: their steps stand for it.".formatted(file));
      }
      repeated.forEach(
          (metric, times) ->
              notes.add(
                  "%s has several values of %s at one epoch (%s more): the last stands."
                      .formatted(file, metric, times)));
      return new MetricsTable(List.copyOf(rows.values()), notes);
    }

    private void read(int line, List<String> cells) {
      if (cells.size() > names.size()) {
        throw new InvalidInputException(
            "--metrics %s: line %s has %s cells, but there are %s columns"
                .formatted(file, line, cells.size(), names.size()));
      }
      int epoch = epoch(line, cells);
      if (tidy) {
        add(line, epoch, cells, cell(cells, "metric", ""), cell(cells, "value", ""));
        return;
      }
      for (String name : names) {
        if (!PLACES.contains(name) && !name.isEmpty()) {
          add(line, epoch, cells, name, cell(cells, name, ""));
        }
      }
    }

    private int epoch(int line, List<String> cells) {
      String text = cell(cells, "epoch", "");
      if (text.isEmpty()) {
        text = cell(cells, "step", "");
        stepsStandForEpochs |= names.contains("epoch") || !text.isEmpty();
      }
      double value = number(line, "epoch", text);
      if (value != Math.rint(value) || value < 0 || value > Integer.MAX_VALUE) {
        throw new InvalidInputException(
            "--metrics %s: line %s: epoch %s must be a whole number from 0 on"
                .formatted(file, line, text));
      }
      return (int) value;
    }

    private void add(int line, int epoch, List<String> cells, String metric, String text) {
      if (text.isEmpty()) {
        return;
      }
      if (metric.isEmpty()) {
        throw new InvalidInputException(
            "--metrics %s: line %s names no metric".formatted(file, line));
      }
      Place place =
          new Place(
              cell(cells, "variant", variant),
              cell(cells, "stage", Recording.STAGE),
              epoch,
              cell(cells, "layer", ""),
              metric);
      boolean defined = !UNDEFINED.contains(text.toLowerCase(Locale.ROOT));
      RunRecord.Row row =
          new RunRecord.Row(
              place.variant(),
              place.stage(),
              epoch,
              place.layer(),
              metric,
              defined ? (Double) number(line, metric, text) : null,
              defined ? null : "%s in %s".formatted(text, file.getFileName()));
      if (rows.put(place, row) != null) {
        repeated.merge(metric, 1, Integer::sum);
      }
    }

    private double number(int line, String column, String text) {
      try {
        double value = Double.parseDouble(text);
        if (Double.isFinite(value)) {
          return value;
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new InvalidInputException(
          "--metrics %s: line %s: %s is '%s', which is no number"
              .formatted(file, line, column, text));
    }

    private String cell(List<String> cells, String name, String otherwise) {
      int at = names.indexOf(name);
      String cell = at < 0 || at >= cells.size() ? "" : cells.get(at).strip();
      return cell.isEmpty() ? otherwise : cell;
    }
  }
}

package dev.collapsar.cli.parquet;

import dev.collapsar.data.ArrayFormat.Unpacked;
import dev.collapsar.data.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.column.ColumnReader;

/** Where the values of one column go, row by row. */
interface ColumnSink {
  ParquetColumn column();

  /** Takes the value or the list of a row, and moves its reader to the next row. */
  void take(ColumnReader reader, long row);

  /** No more rows will come. */
  void end();

  /**
   * Those of the columns that hold numbers or text; of others it is said that they are left out.
   */
  static List<ColumnSink> of(List<ParquetColumn> columns, Unpacked into) {
    List<ParquetColumn> together = new ArrayList<>();
    boolean lists = columns.stream().anyMatch(c -> c.kind() == ParquetColumn.Kind.NUMBERS);
    for (ParquetColumn column : columns) {
      boolean plain = column.kind() == ParquetColumn.Kind.NUMBER && !column.isLabel();
      if (plain && !lists && columns.size() > 1) {
        together.add(column);
      }
    }
    Unpacked.Rows features = null;
    if (!together.isEmpty()) {
      features = into.rows("features", common(together), together.size());
      into.say(
          "features are the %s columns %s".formatted(together.size(), NumberSink.names(together)));
    }
    List<ColumnSink> sinks = new ArrayList<>();
    for (ParquetColumn column : columns) {
      if (together.contains(column)) {
        boolean last = column.equals(together.get(together.size() - 1));
        sinks.add(new NumberSink(column, features, last, into));
      } else {
        alone(column, into, sinks);
      }
    }
    return sinks;
  }

  private static void alone(ParquetColumn column, Unpacked into, List<ColumnSink> sinks) {
    switch (column.kind()) {
      case NUMBER ->
          sinks.add(new NumberSink(column, into.rows(column.name(), column.type()), true, into));
      case NUMBERS -> sinks.add(new ListSink(column, into));
      case TEXT -> sinks.add(new TextSink(column, into.words(column.name())));
      case OTHER ->
          into.say(
              "%s is %s, and is left out"
                  .formatted(
                      column.described(),
                      column.isIndex()
                          ? "the index of pandas"
                          : "neither numbers, text nor lists of numbers"));
    }
  }

  /** float32 if it holds all of them. */
  private static ElementType common(List<ParquetColumn> columns) {
    return columns.stream().allMatch(column -> column.type() == ElementType.F32)
        ? ElementType.F32
        : ElementType.F64;
  }

  /** One number a row. */
  record NumberSink(ParquetColumn column, Unpacked.Rows rows, boolean last, Unpacked into)
      implements ColumnSink {
    private static final int MOST_NAMED = 6;

    @Override
    public void take(ColumnReader reader, long row) {
      rows.add(number(column, reader, row, into));
      reader.consume();
    }

    @Override
    public void end() {
      if (last) { // of the columns that are rows together
        rows.end();
      }
    }

    static double number(ParquetColumn column, ColumnReader reader, long row, Unpacked into) {
      if (!column.isThere(reader)) {
        throw into.bad("row %d has no value in column '%s'", row, column.name());
      }
      try {
        return column.number(reader);
      } catch (ArithmeticException e) {
        throw into.bad(
            "row %d has %s in column '%s'; whole numbers are read up to 2^53",
            row, e.getMessage(), column.name());
      }
    }

    static String names(List<ParquetColumn> columns) {
      List<String> names = columns.stream().map(ParquetColumn::name).toList();
      return names.size() <= MOST_NAMED
          ? String.join(", ", names)
          : "%s, ..., %s"
              .formatted(
                  String.join(", ", names.subList(0, MOST_NAMED - 1)), names.get(names.size() - 1));
    }
  }

  /** Words. */
  record TextSink(ParquetColumn column, Unpacked.Words words) implements ColumnSink {
    @Override
    public void take(ColumnReader reader, long row) {
      words.add(column.text(reader));
      reader.consume();
    }

    @Override
    public void end() {
      words.end();
    }
  }

  /** A list a row, all as long as the first. */
  final class ListSink implements ColumnSink {
    private final ParquetColumn column;
    private final Unpacked into;
    private double[] list = new double[16];
    private Unpacked.Rows rows;
    private int width;

    ListSink(ParquetColumn column, Unpacked into) {
      this.column = column;
      this.into = into;
    }

    @Override
    public ParquetColumn column() {
      return column;
    }

    @Override
    public void take(ColumnReader reader, long row) {
      int size = 0;
      do {
        if (size == list.length) {
          list = Arrays.copyOf(list, 2 * size);
        }
        list[size++] = NumberSink.number(column, reader, row, into);
        reader.consume();
      } while (reader.getCurrentRepetitionLevel() > 0);
      if (rows == null) {
        width = size;
        rows = into.rows(column.name(), column.type(), size);
      } else if (size != width) {
        throw into.bad(
            "row %d has %d values in column '%s', the first row %d",
            row, size, column.name(), width);
      }
      for (int j = 0; j < size; j++) {
        rows.add(list[j]);
      }
    }

    @Override
    public void end() {
      rows.end();
    }
  }
}

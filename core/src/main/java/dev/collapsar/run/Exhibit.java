package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** Something of a recipe's own that its report shows beside the metrics by epoch. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Exhibit.Curves.class, name = "curves"),
  @JsonSubTypes.Type(value = Exhibit.Grid.class, name = "grid"),
  @JsonSubTypes.Type(value = Exhibit.Table.class, name = "table")
})
public sealed interface Exhibit {
  /** A few words. */
  String title();

  /** A sentence or two: what it shows and how to read it. */
  String caption();

  /** Lines over a common pair of axes. */
  record Curves(String title, String caption, Axis x, Axis y, List<Curve> curves)
      implements Exhibit {
    public Curves {
      curves = List.copyOf(curves);
    }
  }

  /** What an axis shows, and how. */
  record Axis(String name, Scale scale) {
    /** How values lie on the axis. */
    public enum Scale {
      LINEAR,
      LOG,
      /** Shares, said in percent. */
      PERCENT
    }

    public static Axis linear(String name) {
      return new Axis(name, Scale.LINEAR);
    }

    public static Axis percent(String name) {
      return new Axis(name, Scale.PERCENT);
    }
  }

  /**
   * One line.
   *
   * @param variant whose colour it has, or null
   */
  record Curve(String name, String variant, List<Double> x, List<Double> y) {
    public Curve {
      x = List.copyOf(x);
      y = List.copyOf(y);
      if (x.size() != y.size()) {
        throw new IllegalArgumentException(
            "%s has %d x and %d y; they must be as many".formatted(name, x.size(), y.size()));
      }
    }
  }

  /**
   * A matrix of numbers, shaded by size; around zero in two hues if {@code diverging}.
   *
   * @param values (rows, columns)
   */
  record Grid(
      String title,
      String caption,
      String rowName,
      String columnName,
      List<String> rows,
      List<String> columns,
      List<List<Double>> values,
      boolean diverging)
      implements Exhibit {
    public Grid {
      rows = List.copyOf(rows);
      columns = List.copyOf(columns);
      values = values.stream().map(List::copyOf).toList();
      int width = columns.size();
      if (values.size() != rows.size() || values.stream().anyMatch(row -> row.size() != width)) {
        throw new IllegalArgumentException(
            "%s must have %d x %d values".formatted(title, rows.size(), width));
      }
    }
  }

  /** Words and numbers already formatted; the first column is a heading. */
  record Table(String title, String caption, List<String> columns, List<List<String>> rows)
      implements Exhibit {
    public Table {
      columns = List.copyOf(columns);
      rows = rows.stream().map(List::copyOf).toList();
      int width = columns.size();
      if (rows.stream().anyMatch(row -> row.size() != width)) {
        throw new IllegalArgumentException(
            "%s must have %d cells in every row".formatted(title, width));
      }
    }
  }
}

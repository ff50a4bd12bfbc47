package dev.collapsar.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** Something of a recipe's own that its report shows beside the metrics by epoch. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ReportItem.LineChart.class, name = "curves"),
  @JsonSubTypes.Type(value = ReportItem.Heatmap.class, name = "grid"),
  @JsonSubTypes.Type(value = ReportItem.Table.class, name = "table"),
  @JsonSubTypes.Type(value = ReportItem.Answer.class, name = "verdict")
})
public sealed interface ReportItem {
  /** A few words. */
  String title();

  /** A sentence or two: what it shows and how to read it. */
  String caption();

  /**
   * Lines over a common pair of axes, and the bands that they are to be seen against.
   *
   * @param bands empty in records from before there were any
   */
  record LineChart(
      String title,
      String caption,
      Axis x,
      Axis y,
      List<Curve> curves,
      @JsonProperty(required = false) List<Band> bands)
      implements ReportItem {
    public LineChart {
      curves = List.copyOf(curves);
      bands = bands == null ? List.of() : List.copyOf(bands);
    }

    /** Lines alone. */
    public LineChart(String title, String caption, Axis x, Axis y, List<Curve> curves) {
      this(title, caption, x, y, curves, List.of());
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

    public static Axis log(String name) {
      return new Axis(name, Scale.LOG);
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
            "%s has %s x and %s y; they must be as many".formatted(name, x.size(), y.size()));
      }
    }
  }

  /**
   * What lies between two lines, such as the middle 95% of a null: what chance alone would give.
   * Where an end is not finite there is no band.
   *
   * @param variant whose colour it has, or null for the grey of no variant
   */
  record Band(String name, String variant, List<Double> x, List<Double> low, List<Double> high) {
    public Band {
      x = List.copyOf(x);
      low = List.copyOf(low);
      high = List.copyOf(high);
      if (x.size() != low.size() || x.size() != high.size()) {
        throw new IllegalArgumentException(
            "%s has %s x, %s low and %s high; they must be as many"
                .formatted(name, x.size(), low.size(), high.size()));
      }
    }
  }

  /**
   * A matrix of numbers, shaded by size; around zero in two hues if {@code diverging}.
   *
   * @param values (rows, columns)
   */
  record Heatmap(
      String title,
      String caption,
      String rowName,
      String columnName,
      List<String> rows,
      List<String> columns,
      List<List<Double>> values,
      boolean diverging)
      implements ReportItem {
    public Heatmap {
      rows = List.copyOf(rows);
      columns = List.copyOf(columns);
      values = values.stream().map(List::copyOf).toList();
      int width = columns.size();
      if (values.size() != rows.size() || values.stream().anyMatch(row -> row.size() != width)) {
        throw new IllegalArgumentException(
            "%s must have %s x %s values".formatted(title, rows.size(), width));
      }
    }
  }

  /** Words and numbers already formatted; the first column is a heading. */
  record Table(String title, String caption, List<String> columns, List<List<String>> rows)
      implements ReportItem {
    public Table {
      columns = List.copyOf(columns);
      rows = rows.stream().map(List::copyOf).toList();
      int width = columns.size();
      if (rows.stream().anyMatch(row -> row.size() != width)) {
        throw new IllegalArgumentException(
            "%s must have %s cells in every row".formatted(title, width));
      }
    }
  }

  /**
   * A question that the recipe was run to decide, and its answer: what a reader wants first.
   *
   * @param question in the recipe's words
   * @param answer a sentence that stands alone
   * @param evidence the numbers it rests on, a phrase each
   */
  record Answer(String title, String question, String answer, List<String> evidence)
      implements ReportItem {
    public Answer {
      evidence = List.copyOf(evidence);
    }

    @Override
    public String caption() {
      return question;
    }
  }
}

package dev.collapsar.report;

import dev.collapsar.run.ReportItem;
import java.util.List;
import java.util.Locale;

/**
 * A matrix as a table whose cells are shaded by size, the largest most. What is more and what is
 * less than zero differ by their sign as well as by their hue.
 */
final class HeatTable {
  /** From here on, cells are too narrow for their numbers, which then show on hovering. */
  private static final int DENSE = 24;

  private static final int LONG_NAME = 4;

  private final ReportItem.Heatmap grid;
  private final double largest;
  private final boolean counts;

  HeatTable(ReportItem.Heatmap grid) {
    this.grid = grid;
    List<Double> finite =
        grid.values().stream().flatMap(List::stream).filter(Double::isFinite).toList();
    this.largest = finite.stream().mapToDouble(Math::abs).max().orElse(0);
    this.counts = finite.stream().allMatch(v -> v == Math.rint(v)) && largest < 1e9;
  }

  /** How many characters wide its columns are, two of space each. */
  int characters() {
    int longest =
        grid.values().stream()
            .flatMap(List::stream)
            .mapToInt(value -> text(value).length())
            .max()
            .orElse(0);
    return grid.columns().size() * (2 + longest);
  }

  void write(Html html) {
    boolean dense = grid.columns().size() > DENSE;
    boolean tall = dense || grid.columns().stream().anyMatch(c -> c.length() > LONG_NAME);
    String columns = Integer.toString(grid.columns().size());
    html.open("div.scroll");
    html.open(
        "table.grid" + (dense ? ".dense" : "") + (tall ? ".tall" : ""), "style", "--n:" + columns);
    html.open("thead").open("tr").element("td", "");
    html.element("th", grid.columnName(), "scope", "colgroup", "colspan", columns);
    html.close("tr").open("tr").element("th", grid.rowName(), "scope", "col");
    for (String column : grid.columns()) {
      html.open("th", "scope", "col").element("span", column).close("th");
    }
    html.close("tr").close("thead").open("tbody");
    for (int i = 0; i < grid.rows().size(); i++) {
      html.open("tr").element("th", grid.rows().get(i), "scope", "row");
      for (int j = 0; j < grid.columns().size(); j++) {
        cell(html, i, j);
      }
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private void cell(Html html, int i, int j) {
    double value = grid.values().get(i).get(j);
    String text = text(value);
    double share = value != 0 && Double.isFinite(value) ? Math.abs(value) / largest : 0;
    String hue = grid.diverging() ? value < 0 ? "less" : "more" : "much";
    html.element(
        share == 0 ? "td.nothing" : "td." + hue,
        text,
        "title",
        "%s %s, %s %s: %s"
            .formatted(
                grid.rowName(), grid.rows().get(i), grid.columnName(), grid.columns().get(j), text),
        "style",
        // Counts spread over orders of magnitude: their root still shows a few beside a thousand.
        String.format(Locale.ROOT, "--s:%.3f", counts ? Math.sqrt(share) : share));
  }

  private String text(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    if (value == 0) {
      return "0";
    }
    // As many decimals as give the largest three digits.
    int decimals = counts ? 0 : Math.max(0, 2 - (int) Math.floor(Math.log10(largest)));
    String size =
        counts || largest >= 1e-2 && largest < 1e5
            ? String.format(Locale.ROOT, "%." + decimals + "f", Math.abs(value))
            : Numbers.brief(Math.abs(value));
    return (value < 0 ? "−" : grid.diverging() ? "+" : "") + size;
  }
}

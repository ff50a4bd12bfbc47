package dev.collapsar.report;

import dev.collapsar.run.ReportItem;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A card for each thing of a recipe's own, under its run's name where several are compared. */
final class ReportItemSections {
  /** In half the page's width there is room for so many characters of a table, and no more. */
  private static final int HALF_PAGE = 66;

  private static final Pattern NUMBER =
      Pattern.compile("[+±−-]?\\d[^\\p{L}×]*(e[+−-]?\\d+)?|[–-]?|undefined");
  private static final Pattern DIGIT = Pattern.compile("\\d");

  private final List<NamedRun> runs;
  private final LineCharts curves;

  ReportItemSections(List<NamedRun> runs, List<VariantSeries> subjects, Plots plots) {
    this(runs, new LineCharts(subjects, plots));
  }

  private ReportItemSections(List<NamedRun> runs, LineCharts curvesOrNull) {
    this.runs = runs;
    this.curves = curvesOrNull;
  }

  void write(Html html) {
    if (runs.stream().allMatch(run -> run.record().exhibits().isEmpty())) {
      return;
    }
    html.open("section").element("h2", "What the recipe shows");
    for (int i = 0; i < runs.size(); i++) {
      List<ReportItem> items = runs.get(i).record().exhibits();
      if (!items.isEmpty()) {
        if (runs.size() > 1) {
          html.element("h3", runs.get(i).name());
        }
        answers(html, items);
        cards(html, i, items);
      }
    }
    html.close("section");
  }

  /** Items of no run, none of them line charts. */
  static void write(Html html, List<ReportItem> items) {
    html.open("section");
    answers(html, items);
    new ReportItemSections(List.of(), null).cards(html, 0, items);
    html.close("section");
  }

  /** What was decided comes before what it was decided from. */
  private static void answers(Html html, List<ReportItem> items) {
    List<ReportItem.Answer> answers =
        items.stream()
            .filter(ReportItem.Answer.class::isInstance)
            .map(ReportItem.Answer.class::cast)
            .toList();
    if (answers.isEmpty()) {
      return;
    }
    html.open("div.verdicts");
    for (ReportItem.Answer answer : answers) {
      html.open("article.verdict").open("div").element("h4", answer.title());
      html.element("p.question", answer.question()).close("div").open("div");
      html.element("p.answer", answer.answer()).open("ul");
      answer.evidence().forEach(fact -> html.element("li", fact));
      html.close("ul").close("div").close("article");
    }
    html.close("div");
  }

  /** Two in a row; one that is wide, or would stand alone in its row, fills it. */
  private void cards(Html html, int run, List<ReportItem> items) {
    List<Integer> shown =
        IntStream.range(0, items.size())
            .filter(i -> !(items.get(i) instanceof ReportItem.Answer))
            .boxed()
            .toList();
    html.open("div.panels.wide");
    boolean left = true;
    for (int i = 0; i < shown.size(); i++) {
      ReportItem item = items.get(shown.get(i));
      boolean alone = left && (i + 1 == shown.size() || isWide(items.get(shown.get(i + 1))));
      boolean whole = alone || isWide(item);
      card(html, run, shown.get(i), item, whole);
      left = whole || !left;
    }
    html.close("div");
  }

  private static boolean isWide(ReportItem item) {
    if (item instanceof ReportItem.Table table) {
      return IntStream.range(0, table.columns().size())
              .map(
                  j ->
                      2
                          + table.rows().stream()
                              .mapToInt(row -> row.get(j).length())
                              .max()
                              .orElse(0))
              .sum()
          > HALF_PAGE;
    }
    return item instanceof ReportItem.Heatmap grid && new HeatTable(grid).characters() > HALF_PAGE;
  }

  private void card(Html html, int run, int index, ReportItem item, boolean whole) {
    String id = "exhibit-%s-%s".formatted(run, index);
    html.open(whole ? "figure.chart.exhibit.whole" : "figure.chart.exhibit", "id", id);
    html.open("figcaption").element("h4", item.title());
    if (!item.caption().isEmpty()) {
      html.element("p", item.caption());
    }
    html.close("figcaption");
    if (item instanceof ReportItem.LineChart lines) {
      curves.write(html, run, id, lines);
    } else if (item instanceof ReportItem.Heatmap grid) {
      new HeatTable(grid).write(html);
    } else if (item instanceof ReportItem.Table table) {
      table(html, table);
    }
    html.close("figure");
  }

  private static void table(Html html, ReportItem.Table table) {
    boolean[] numbers = new boolean[table.columns().size()];
    for (int j = 1; j < numbers.length; j++) {
      int column = j;
      List<String> cells = table.rows().stream().map(row -> row.get(column)).toList();
      numbers[j] =
          cells.stream().allMatch(cell -> NUMBER.matcher(cell).matches())
              && cells.stream().anyMatch(cell -> DIGIT.matcher(cell).find());
    }
    html.open("div.scroll").open("table.report").open("thead").open("tr");
    for (int j = 0; j < numbers.length; j++) {
      html.element(numbers[j] ? "th.num" : "th", table.columns().get(j), "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    for (List<String> row : table.rows()) {
      html.open("tr").element("th", row.get(0), "scope", "row");
      for (int j = 1; j < numbers.length; j++) {
        html.element(numbers[j] ? "td.num" : "td", row.get(j));
      }
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
  }
}

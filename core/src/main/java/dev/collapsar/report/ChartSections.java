package dev.collapsar.report;

import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.Descriptors;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.RunRecord;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The middle of the page: every chart with its caption, under one legend. */
final class ChartSections {
  private final List<VariantSeries> subjects;
  private final List<String> stages;
  private final Descriptors descriptors;
  private final List<String> testAccuracies;
  private final Charts source;
  private final Plots plots;

  ChartSections(
      List<VariantSeries> subjects, Descriptors descriptors, List<String> stages, Plots plots) {
    this.subjects = subjects;
    this.stages = stages;
    this.plots = plots;
    this.descriptors = descriptors;
    testAccuracies = descriptors.testAccuracies();
    this.source = new Charts(subjects, descriptors);
  }

  void write(Html html) {
    List<MetricHistory.Key> measured =
        source.metrics().values().stream().flatMap(List::stream).toList();
    if (measured.isEmpty()) {
      return;
    }
    Set<MetricHistory.Key> drawn =
        measured.stream()
            .filter(k -> isOneOfLayers(k) || source.byEpoch(k).isCourse())
            .collect(Collectors.toSet());
    // A null is a band behind the metric that it is the null of.
    List<MetricHistory.Key> keys =
        measured.stream().filter(k -> !source.isOfNullOf(k, drawn)).toList();
    List<MetricHistory.Key> whole = keys.stream().filter(k -> !isOneOfLayers(k)).toList();
    List<MetricHistory.Key> courses = whole.stream().filter(drawn::contains).toList();
    int before = plots.charts().size();
    Html sections = new Html();
    accuracy(sections, courses);
    measures(sections, whole, courses);
    layers(sections, keys.stream().filter(this::isOneOfLayers).toList());
    html.open("div.charts");
    if (plots.charts().size() > before) {
      legend(html);
    }
    html.raw(sections.toString()).close("div");
  }

  /** What every subject that has it has in other layers as well: seen by layer, not one by one. */
  private boolean isOneOfLayers(MetricHistory.Key key) {
    return !key.layer().isEmpty()
        && subjects.stream()
            .filter(subject -> !subject.rows(key).isEmpty())
            .allMatch(subject -> subject.layers(key.metric()).size() > 1);
  }

  /** One legend for all charts: it stays in sight, and what is clicked goes from every chart. */
  private void legend(Html html) {
    html.open("nav.legend", "aria-label", "Variants and stages shown in the charts");
    html.open("div.chips");
    for (int i = 0; i < subjects.size(); i++) {
      html.open(
          "button.chip",
          "type",
          "button",
          "aria-pressed",
          "true",
          "data-series",
          Integer.toString(i));
      SummarySection.swatch(html, subjects.get(i));
      html.text(subjects.get(i).label());
      if (subjects.get(subjects.size() - 1).run() > 0) {
        html.element("i.stroke.run" + subjects.get(i).stroke() % Plots.STROKES, "");
      }
      html.close("button");
    }
    html.close("div");
    Plots.stageButtons(html, stages);
    html.close("nav");
  }

  /** By time and by trained parameters only where several variants are compared. */
  private void accuracy(Html html, List<MetricHistory.Key> courses) {
    List<String> byEpoch =
        testAccuracies.stream()
            .filter(m -> courses.contains(new MetricHistory.Key(m, "")))
            .toList();
    List<String> measured =
        testAccuracies.stream()
            .filter(m -> subjects.stream().anyMatch(s -> s.last(m).isPresent()))
            .toList();
    Chart byParameters = source.byParameters(measured);
    boolean compared =
        byParameters.lines().stream().map(l -> l.points().get(0).x()).distinct().count() > 1;
    if (byEpoch.isEmpty() && !compared) {
      return;
    }
    html.open("section").element("h2", "Accuracy");
    if (!byEpoch.isEmpty()) {
      html.element("h3", "By epoch").open("div.panels.wide");
      byEpoch.forEach(m -> figure(html, source.byEpoch(new MetricHistory.Key(m, "")), m, ""));
      html.close("div");
    }
    bySeconds(html, byEpoch);
    if (compared) {
      html.element("h3", "By trained parameters").open("div.panels.whole");
      figure(
          html,
          byParameters,
          "",
          measured.size() > 1
              ? "Filled: %s. Hollow: %s."
                  .formatted(
                      descriptors.of(measured.get(0)).title(),
                      descriptors.of(measured.get(1)).title())
              : "Final value of each variant.");
      html.close("div");
    }
    html.close("section");
  }

  private void bySeconds(Html html, List<String> byEpoch) {
    List<Chart> bySeconds =
        subjects.stream().filter(s -> !s.before()).count() > 1
            ? byEpoch.stream().map(source::bySeconds).filter(Chart::isCourse).toList()
            : List.of();
    if (!bySeconds.isEmpty()) {
      html.element("h3", "By time").open("div.panels.wide");
      bySeconds.forEach(
          chart ->
              figure(
                  html, chart, "", "Seconds are those of the training steps, without measuring."));
      html.close("div");
    }
  }

  /** A chart for what has a course, and a table for the rest. */
  private void measures(Html html, List<MetricHistory.Key> keys, List<MetricHistory.Key> courses) {
    boolean learning =
        keys.stream()
            .allMatch(k -> descriptors.of(k.metric()).group() == MetricInfo.Group.LEARNING);
    String what = learning ? "Learning" : "Geometry and learning";
    List<MetricHistory.Key> charted =
        courses.stream().filter(k -> !testAccuracies.contains(k.metric())).toList();
    if (!charted.isEmpty()) {
      html.open("section").element("h2", what + ", epoch by epoch");
      if (stages.size() > 1) {
        html.element("p.intro", "Dashed: where the stage before had ended.");
      }
      html.open("div.panels");
      for (MetricHistory.Key key : charted) {
        boolean several =
            subjects.stream().flatMap(s -> s.layers(key.metric()).stream()).distinct().count() > 1;
        String remark = several && !key.layer().isEmpty() ? "Layer " + key.layer() + "." : "";
        figure(html, source.byEpoch(key), key.metric(), remark);
      }
      html.close("div").close("section");
    }
    List<MetricHistory.Key> ends = keys.stream().filter(k -> !courses.contains(k)).toList();
    if (!ends.isEmpty()) {
      html.open("section")
          .element("h2", (charted.isEmpty() ? what : "Measured") + ", before and after");
      beforeAfter(html, ends);
      html.close("section");
    }
  }

  /** What was measured once or twice: numbers, where a chart would be a line between two points. */
  private void beforeAfter(Html html, List<MetricHistory.Key> keys) {
    List<VariantSeries> measured =
        subjects.stream().filter(s -> keys.stream().anyMatch(k -> !s.rows(k).isEmpty())).toList();
    html.open("div.scroll").open("table.twice").open("thead").open("tr");
    html.element("th", "measure", "scope", "col");
    for (VariantSeries subject : measured) {
      html.open("th.num", "scope", "col");
      SummarySection.swatch(html, subject);
      html.text(subject.label()).close("th");
    }
    html.close("tr").close("thead").open("tbody");
    for (MetricHistory.Key key : keys) {
      MetricInfo info = descriptors.of(key.metric());
      html.open("tr").open("th", "scope", "row", "title", info.meaning()).text(info.title());
      MetricCaption.link(html, key.metric(), key.layer());
      html.close("th");
      measured.forEach(subject -> course(html, info, subject.rows(key)));
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private static void course(Html html, MetricInfo info, List<RunRecord.Row> rows) {
    String course =
        rows.stream()
            .filter(row -> row.value() != null)
            .map(row -> SummarySection.text(info, row))
            .collect(Collectors.joining(" → "));
    if (course.isEmpty() && !rows.isEmpty()) {
      html.element("td.num.undefined", "undefined", "title", rows.get(0).note());
    } else {
      html.element("td.num", course);
    }
  }

  private void layers(Html html, List<MetricHistory.Key> keys) {
    if (keys.isEmpty()) {
      return;
    }
    html.open("section").element("h2", "Layer by layer");
    html.element(
        "p.intro",
        "The map has a row a layer and a column an epoch; a dashed cell is undefined. The curve"
            + " runs over the layers at the first, the middle and the last epoch, from faint to"
            + " full; of more than three variants, at the last alone.");
    html.open("div.panels.whole");
    for (String metric : keys.stream().map(MetricHistory.Key::metric).distinct().toList()) {
      Chart chart = source.byLayer(metric);
      html.open("figure.chart", "id", chart.id());
      MetricCaption.write(
          html, Optional.of(descriptors.of(metric)), chart.title(), chanceRemark(chart));
      plots.writeLayers(html, chart);
      html.close("figure");
    }
    html.close("div").close("section");
  }

  /** The metric's id may be empty. */
  private void figure(Html html, Chart chart, String metric, String remark) {
    html.open("figure.chart", "id", chart.id());
    String remarks = (remark + " " + chanceRemark(chart)).strip();
    Optional<MetricInfo> info = Optional.of(metric).filter(m -> !m.isEmpty()).map(descriptors::of);
    MetricCaption.write(html, info, chart.title(), remarks);
    plots.write(html, chart);
    html.close("figure");
  }

  private static String chanceRemark(Chart chart) {
    return chart.bands().isEmpty() ? "" : "Shaded: chance, its mean ± 2 deviations.";
  }
}

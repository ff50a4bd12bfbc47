package dev.collapsar.report;

import dev.collapsar.metric.MetricGuide;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The middle of the page: every chart with its caption, under one legend. */
final class ChartSections {
  private static final List<String> TEST_ACCURACIES = List.of("accuracy_shifted", "accuracy_test");

  private final List<Subject> subjects;
  private final List<String> stages;
  private final Charts source;
  private final List<Chart> charts = new ArrayList<>();

  ChartSections(List<Subject> subjects, List<String> stages) {
    this.subjects = subjects;
    this.stages = stages;
    this.source = new Charts(subjects);
  }

  /** The charts in the order of their figures; complete once {@link #write} has run. */
  List<Chart> charts() {
    return charts;
  }

  void write(Html html) {
    if (subjects.stream().allMatch(s -> s.rows().isEmpty())) {
      return;
    }
    html.open("div.charts");
    legend(html);
    accuracy(html);
    geometry(html);
    html.close("div");
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
          "data-subject",
          Integer.toString(i));
      OverviewSections.swatch(html, subjects.get(i));
      html.text(subjects.get(i).label()).close("button");
    }
    html.close("div");
    if (stages.size() > 1) {
      html.open("div.stages", "role", "group", "aria-label", "Stage");
      for (int i = 0; i < stages.size(); i++) {
        stage(html, stages.get(i), Integer.toString(i), i == stages.size() - 1);
      }
      stage(html, "all", "all", false);
      html.close("div");
    }
    html.close("nav");
  }

  private static void stage(Html html, String name, String value, boolean pressed) {
    html.element(
        "button",
        name,
        "type",
        "button",
        "data-stage",
        value,
        "aria-pressed",
        Boolean.toString(pressed));
  }

  private void accuracy(Html html) {
    List<String> measured =
        TEST_ACCURACIES.stream()
            .filter(m -> subjects.stream().anyMatch(s -> s.last(m).isPresent()))
            .toList();
    if (measured.isEmpty()) {
      return;
    }
    html.open("section").element("h2", "Accuracy");
    html.element("h3", "By epoch").open("div.panels.wide");
    measured.forEach(m -> figure(html, source.byEpoch(new Subject.Key(m, "")), m, ""));
    html.close("div");
    html.element("h3", "By time").open("div.panels.wide");
    measured.forEach(
        m ->
            figure(
                html,
                source.bySeconds(m),
                "",
                "Seconds are those of the training steps, without measuring."));
    html.close("div");
    html.element("h3", "By trained parameters").open("div.panels.whole");
    figure(
        html,
        source.byParameters(measured),
        "",
        measured.size() > 1
            ? "Filled: on the shifted test set. Hollow: on the clean one."
            : "Final value of each variant.");
    html.close("div").close("section");
  }

  private void geometry(Html html) {
    html.open("section").element("h2", "Geometry and learning, epoch by epoch");
    if (stages.size() > 1) {
      html.element(
          "p.intro",
          "Dashed: where the stage before had ended, measured on that stage's own samples.");
    }
    for (Map.Entry<MetricGuide.Group, List<Subject.Key>> group : source.metrics().entrySet()) {
      List<Subject.Key> keys =
          group.getValue().stream().filter(k -> !TEST_ACCURACIES.contains(k.metric())).toList();
      if (keys.isEmpty()) {
        continue;
      }
      html.element("h3", group.getKey().title());
      if (!group.getKey().lead().isEmpty()) {
        html.element("p.intro", group.getKey().lead());
      }
      html.open("div.panels");
      for (Subject.Key key : keys) {
        boolean several = keys.stream().filter(k -> k.metric().equals(key.metric())).count() > 1;
        figure(html, source.byEpoch(key), key.metric(), several ? "Layer " + key.layer() : "");
      }
      html.close("div");
    }
    html.close("section");
  }

  /** A chart with what a reader needs to know about it; the metric's id may be empty. */
  private void figure(Html html, Chart chart, String metric, String remark) {
    MetricGuide guide = MetricGuide.of(metric);
    html.open("figure.chart", "id", chart.id()).open("figcaption").open("h4").text(chart.title());
    if (!metric.isEmpty() && !metric.equals(chart.title())) {
      html.element("code", metric);
    }
    html.close("h4");
    if (!guide.ideal().isEmpty()) {
      html.element("span.ideal", "ideal " + guide.ideal());
    }
    String words =
        String.join(" ", Stream.of(guide.meaning(), remark).filter(s -> !s.isEmpty()).toList());
    if (!words.isEmpty()) {
      html.element("p", words);
    }
    html.close("figcaption");
    html.element(
        "div.plot",
        "",
        "data-chart",
        Integer.toString(charts.size()),
        "role",
        "img",
        "aria-label",
        chart.title() + " by " + chart.x().name());
    chart.gaps().forEach(gap -> html.element("p.gap", gap));
    html.close("figure");
    charts.add(chart);
  }
}

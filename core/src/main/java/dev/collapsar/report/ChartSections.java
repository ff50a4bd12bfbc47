package dev.collapsar.report;

import dev.collapsar.metric.MetricGuide;
import java.util.ArrayList;
import java.util.List;

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
      SummarySection.swatch(html, subjects.get(i));
      html.text(subjects.get(i).label());
      if (subjects.get(subjects.size() - 1).run() > 0) {
        html.element("i.stroke.run" + subjects.get(i).run() % 3, "");
      }
      html.close("button");
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
      html.element("p.intro", "Dashed: where the stage before had ended.");
    }
    html.open("div.panels");
    for (List<Subject.Key> group : source.metrics().values()) {
      for (Subject.Key key : group) {
        boolean several = group.stream().filter(k -> k.metric().equals(key.metric())).count() > 1;
        if (!TEST_ACCURACIES.contains(key.metric())) {
          figure(html, source.byEpoch(key), key.metric(), several ? "Layer " + key.layer() : "");
        }
      }
    }
    html.close("div").close("section");
  }

  /** A chart with what a reader needs to know about it; the metric's id may be empty. */
  private void figure(Html html, Chart chart, String metric, String remark) {
    html.open("figure.chart", "id", chart.id()).open("figcaption");
    List<String> words = new ArrayList<>();
    if (!metric.isEmpty()) {
      MetricGuide guide = MetricGuide.of(metric);
      html.open("div.over").element("span", guide.group().title()).element("code", metric);
      html.close("div");
      words.add(guide.meaning());
      boolean obvious = guide.group() == MetricGuide.Group.LEARNING || guide.ideal().isEmpty();
      words.add(obvious ? "" : "Ideal: " + guide.ideal() + ".");
    }
    words.add(remark);
    words.removeIf(String::isEmpty);
    html.element("h4", chart.title());
    if (!words.isEmpty()) {
      html.element("p", String.join(" ", words));
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

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
  private final Plots plots;

  ChartSections(List<Subject> subjects, List<String> stages, Plots plots) {
    this.subjects = subjects;
    this.stages = stages;
    this.plots = plots;
    this.source = new Charts(subjects);
  }

  void write(Html html) {
    List<Subject.Key> keys = source.metrics().values().stream().flatMap(List::stream).toList();
    if (keys.isEmpty()) {
      return;
    }
    List<Subject.Key> courses = keys.stream().filter(k -> source.byEpoch(k).isCourse()).toList();
    int before = plots.charts().size();
    Html sections = new Html();
    accuracy(sections, courses);
    measures(sections, keys, courses);
    html.open("div.charts");
    if (plots.charts().size() > before) {
      legend(html);
    }
    html.raw(sections.toString()).close("div");
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

  /** By time and by trained parameters only where several variants are compared. */
  private void accuracy(Html html, List<Subject.Key> courses) {
    List<String> byEpoch =
        TEST_ACCURACIES.stream().filter(m -> courses.contains(new Subject.Key(m, ""))).toList();
    List<String> measured =
        TEST_ACCURACIES.stream()
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
      byEpoch.forEach(m -> figure(html, source.byEpoch(new Subject.Key(m, "")), m, ""));
      html.close("div");
    }
    if (!byEpoch.isEmpty() && subjects.stream().filter(s -> !s.before()).count() > 1) {
      html.element("h3", "By time").open("div.panels.wide");
      byEpoch.forEach(
          m ->
              figure(
                  html,
                  source.bySeconds(m),
                  "",
                  "Seconds are those of the training steps, without measuring."));
      html.close("div");
    }
    if (compared) {
      html.element("h3", "By trained parameters").open("div.panels.whole");
      figure(
          html,
          byParameters,
          "",
          measured.size() > 1
              ? "Filled: on the shifted test set. Hollow: on the clean one."
              : "Final value of each variant.");
      html.close("div");
    }
    html.close("section");
  }

  /** A chart for what has a course, and a table for the rest. */
  private void measures(Html html, List<Subject.Key> keys, List<Subject.Key> courses) {
    boolean learning =
        keys.stream()
            .allMatch(k -> MetricGuide.of(k.metric()).group() == MetricGuide.Group.LEARNING);
    String what = learning ? "Learning" : "Geometry and learning";
    List<Subject.Key> charted =
        courses.stream().filter(k -> !TEST_ACCURACIES.contains(k.metric())).toList();
    if (!charted.isEmpty()) {
      html.open("section").element("h2", what + ", epoch by epoch");
      if (stages.size() > 1) {
        html.element("p.intro", "Dashed: where the stage before had ended.");
      }
      html.open("div.panels");
      for (Subject.Key key : charted) {
        boolean several = keys.stream().filter(k -> k.metric().equals(key.metric())).count() > 1;
        figure(html, source.byEpoch(key), key.metric(), several ? "Layer " + key.layer() : "");
      }
      html.close("div").close("section");
    }
    List<Subject.Key> ends = keys.stream().filter(k -> !courses.contains(k)).toList();
    if (!ends.isEmpty()) {
      html.open("section")
          .element("h2", (charted.isEmpty() ? what : "Measured") + ", before and after");
      BeforeAfterTable.write(html, subjects, ends);
      html.close("section");
    }
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
    plots.write(html, chart);
    html.close("figure");
  }
}

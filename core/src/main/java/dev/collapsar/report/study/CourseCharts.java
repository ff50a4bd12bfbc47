package dev.collapsar.report.study;

import dev.collapsar.inference.Interval;
import dev.collapsar.inference.SeedValues;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.report.Chart;
import dev.collapsar.report.Html;
import dev.collapsar.report.MetricCaption;
import dev.collapsar.report.Numbers;
import dev.collapsar.report.Page;
import dev.collapsar.report.Palette;
import dev.collapsar.report.Plots;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.study.Arm;
import dev.collapsar.study.Course;
import dev.collapsar.study.SeedMeans;
import dev.collapsar.study.Study;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Every metric by epoch: the mean of each arm over seeds within its pointwise band. */
final class CourseCharts {
  private final Study study;
  private final Looks looks;
  private final Plots plots;
  private final Map<String, Integer> stages = new LinkedHashMap<>();

  CourseCharts(Study study, Looks looks, Plots plots) {
    this.study = study;
    this.looks = looks;
    this.plots = plots;
    for (Arm arm : looks.arms()) {
      plots.add(
          new Plots.Series(
              looks.name(arm),
              Palette.family(arm.label()),
              0,
              0,
              looks.shape(arm),
              false,
              looks.colour(arm)));
      stages.putIfAbsent(arm.stage(), 0);
    }
  }

  /** In their order, each beginning where the one before it ended. */
  List<Page.Stage> stages() {
    List<Page.Stage> all = new ArrayList<>();
    int offset = 0;
    for (Map.Entry<String, Integer> stage : stages.entrySet()) {
      all.add(new Page.Stage(stage.getKey(), offset));
      offset += stage.getValue();
    }
    return all;
  }

  void write(Html html) {
    Map<MetricInfo.Group, List<MetricHistory.Key>> main = new TreeMap<>();
    List<MetricHistory.Key> others = new ArrayList<>();
    for (MetricHistory.Key key : study.keys()) {
      MetricInfo info = study.info(key.metric());
      if (info.calibrated() == null) {
        if (looks.isMain(key)) {
          main.computeIfAbsent(info.group(), g -> new ArrayList<>()).add(key);
        } else {
          others.add(key);
        }
      }
    }
    Html sections = new Html();
    main.forEach((group, keys) -> section(sections, group.title(), keys));
    if (!others.isEmpty()) {
      section(sections, "Other layers", others);
    }
    if (!plots.charts().isEmpty()) {
      html.open("div.charts");
      legend(html);
      html.raw(sections.toString()).close("div");
    }
  }

  private void section(Html html, String title, List<MetricHistory.Key> keys) {
    Html panels = new Html();
    int before = plots.charts().size();
    keys.forEach(key -> figure(panels, key));
    if (plots.charts().size() > before) {
      html.open("section").element("h2", title + ", epoch by epoch");
      html.element("p.intro", caption());
      html.open("div.panels").raw(panels.toString()).close("div").close("section");
    }
  }

  private String caption() {
    return study.seeds().size() < SeedValues.LEAST_FOR_INTERVAL
        ? "A line a seed."
        : "Means over seeds. Each band is pointwise: the 95% interval of the mean at every epoch by"
            + " itself, not of the course as a whole; of shares it is drawn within 0 and 100%.";
  }

  private void figure(Html html, MetricHistory.Key key) {
    MetricInfo info = study.info(key.metric());
    List<Chart.Line> lines = new ArrayList<>();
    List<Chart.Band> bands = new ArrayList<>();
    List<String> gaps = new ArrayList<>();
    for (Course course : study.courses(key)) {
      add(course, info, lines, bands, gaps);
    }
    boolean positive =
        lines.stream().flatMap(line -> line.points().stream()).allMatch(p -> p.y() > 0);
    Chart.Kind kind =
        switch (info.axis()) {
          case LINEAR -> Chart.Kind.VALUE;
          case SHARE -> Chart.Kind.PERCENT;
          case LOG -> positive ? Chart.Kind.LOG : Chart.Kind.VALUE;
        };
    Chart chart =
        new Chart(
            "epoch-" + plots.charts().size(),
            info.title(),
            new Chart.Axis("epoch", Chart.Kind.EPOCH),
            new Chart.Axis(info.title(), kind),
            Chart.Form.LINES,
            lines,
            bands,
            gaps.stream().distinct().limit(3).toList());
    if (!chart.isCourse()) {
      return;
    }
    html.open("figure.chart", "id", chart.id());
    String layer = key.layer().isEmpty() ? "" : "At " + key.layer() + ".";
    MetricCaption.write(html, Optional.of(info), info.title(), layer);
    plots.write(html, chart);
    html.close("figure");
  }

  private void add(
      Course course,
      MetricInfo info,
      List<Chart.Line> lines,
      List<Chart.Band> bands,
      List<String> gaps) {
    int series = looks.arms().indexOf(course.arm());
    String stage = course.arm().stage();
    String name = looks.name(course.arm());
    int last = course.points().get(course.points().size() - 1).epoch();
    stages.merge(stage, last, Math::max);
    course.points().stream()
        .flatMap(at -> at.means().left().stream())
        .findFirst()
        .ifPresent(reason -> gaps.add("Undefined for %s in some runs: %s".formatted(name, reason)));
    if (study.seeds().size() < SeedValues.LEAST_FOR_INTERVAL) {
      lines.addAll(ofSeeds(course, series, stage));
      return;
    }
    List<Chart.Point> points = new ArrayList<>();
    List<Chart.Range> ranges = new ArrayList<>();
    for (Course.At at : course.points()) {
      Optional<SeedValues> values = at.means().values();
      values.ifPresent(v -> points.add(new Chart.Point(at.epoch(), v.mean(), note(at.means()))));
      values.flatMap(SeedValues::interval).ifPresent(i -> ranges.add(range(at.epoch(), i, info)));
    }
    lines.add(new Chart.Line(series, stage, name, false, points));
    bands.add(new Chart.Band(series, stage, name, Chart.Look.INTERVAL, ranges));
  }

  private static String note(SeedMeans means) {
    return means
        .values()
        .flatMap(SeedValues::interval)
        .map(
            i ->
                "%s seeds, %s to %s"
                    .formatted(means.count(), Numbers.brief(i.low()), Numbers.brief(i.high())))
        .orElse(null);
  }

  private static Chart.Range range(int epoch, Interval interval, MetricInfo info) {
    boolean share = info.axis() == MetricInfo.Axis.SHARE;
    return new Chart.Range(
        epoch,
        share ? Math.max(0, interval.low()) : interval.low(),
        share ? Math.min(1, interval.high()) : interval.high());
  }

  private static List<Chart.Line> ofSeeds(Course course, int series, String stage) {
    SortedSet<Long> seeds = new TreeSet<>();
    course.points().forEach(at -> seeds.addAll(at.means().bySeed().keySet()));
    List<Chart.Line> lines = new ArrayList<>();
    for (long seed : seeds) {
      List<Chart.Point> points =
          course.points().stream()
              .filter(at -> at.means().bySeed().containsKey(seed))
              .map(at -> new Chart.Point(at.epoch(), at.means().bySeed().get(seed), "seed " + seed))
              .toList();
      lines.add(new Chart.Line(series, stage, "seed " + seed, false, points));
    }
    return lines;
  }

  /** One legend for all charts: it stays in sight, and what is clicked goes from every chart. */
  private void legend(Html html) {
    html.open("nav.legend", "aria-label", "Arms and stages shown in the charts");
    html.open("div.chips");
    for (int i = 0; i < looks.arms().size(); i++) {
      html.open(
          "button.chip",
          "type",
          "button",
          "aria-pressed",
          "true",
          "data-series",
          Integer.toString(i));
      looks.swatch(html, looks.arms().get(i));
      html.text(looks.name(looks.arms().get(i))).close("button");
    }
    html.close("div");
    Plots.stageButtons(html, List.copyOf(stages.keySet()));
    html.close("nav");
  }
}

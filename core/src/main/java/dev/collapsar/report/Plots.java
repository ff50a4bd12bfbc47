package dev.collapsar.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The charts that the page's script draws: each is added where its place on the page is written.
 */
public final class Plots {
  /**
   * What a line looks like and what it is called.
   *
   * @param family what the members of a sweep share
   * @param run the index of its run
   * @param stroke which style its stroke has
   * @param shape which mark it has
   * @param before whether later stages start from it
   */
  public record Series(
      String label,
      String family,
      int run,
      int stroke,
      int shape,
      boolean before,
      Palette.Swatch colour) {}

  /** How many marks there are; no divisor of the hues, so that both together name many. */
  public static final int SHAPES = 7;

  static final int STROKES = 6;

  private final List<Series> series = new ArrayList<>();
  private final List<Chart> charts = new ArrayList<>();

  /** Without a series. */
  public Plots() {}

  /** With a series for every subject, by the subject's index. */
  Plots(List<VariantSeries> subjects) {
    for (VariantSeries s : subjects) {
      String family = s.run() + " " + Palette.family(s.variant().name());
      series.add(
          new Series(s.label(), family, s.run(), s.stroke(), s.shape(), s.before(), s.colour()));
    }
  }

  List<Series> series() {
    return series;
  }

  /** The charts in the order of their places. */
  public List<Chart> charts() {
    return charts;
  }

  /** Adds a series that is no subject's; returns its index. */
  public int add(Series other) {
    series.add(other);
    return series.size() - 1;
  }

  /** The place of a chart, and what it has no point for. */
  public void write(Html html, Chart chart) {
    place(html, "div.plot", "", chart, chart.x().name());
    finish(html, chart);
  }

  /** The places of the two views of layers; the map only if there is a course to see. */
  void writeLayers(Html html, Chart chart) {
    long rows = chart.lines().stream().map(line -> line.series() + line.name()).distinct().count();
    long several = chart.lines().stream().map(Chart.Line::series).distinct().count();
    html.open("div.layers", "style", "--rows:" + (rows + (several > 1 ? several : 0)));
    if (chart.isCourse()) {
      place(html, "div.plot.map", "map", chart, "layer and epoch");
    }
    place(html, "div.plot.profile", "profile", chart, "layer");
    html.close("div");
    finish(html, chart);
  }

  private void place(Html html, String element, String view, Chart chart, String by) {
    html.element(
        element,
        "",
        "data-chart",
        Integer.toString(charts.size()),
        "data-view",
        view,
        "role",
        "img",
        "aria-label",
        chart.title() + " by " + by);
  }

  private void finish(Html html, Chart chart) {
    chart.gaps().forEach(gap -> html.element("p.gap", gap));
    charts.add(chart);
  }

  /** Buttons that choose the stage that charts show, the last one first; none of a single stage. */
  public static void stageButtons(Html html, List<String> stages) {
    if (stages.size() > 1) {
      html.open("div.stages", "role", "group", "aria-label", "Stage");
      for (int i = 0; i < stages.size(); i++) {
        stageButton(html, stages.get(i), Integer.toString(i), i == stages.size() - 1);
      }
      stageButton(html, "all", "all", false);
      html.close("div");
    }
  }

  private static void stageButton(Html html, String name, String value, boolean pressed) {
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
}

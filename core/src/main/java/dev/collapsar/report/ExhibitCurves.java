package dev.collapsar.report;

import dev.collapsar.report.Chart.Kind;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.Exhibit.Curve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Curves of a recipe's own as a chart, with their legend where there are several. */
final class ExhibitCurves {
  private final List<Subject> subjects;
  private final Plots plots;

  ExhibitCurves(List<Subject> subjects, Plots plots) {
    this.subjects = subjects;
    this.plots = plots;
  }

  void write(Html html, int run, String id, Exhibit.Curves curves) {
    List<Plots.Series> looks = looks(run, curves.curves());
    List<Chart.Line> lines = new ArrayList<>();
    List<String> gaps = new ArrayList<>();
    for (int i = 0; i < looks.size(); i++) {
      Curve curve = curves.curves().get(i);
      List<Chart.Point> points = points(curve);
      lines.add(new Chart.Line(plots.add(looks.get(i)), null, curve.name(), false, points));
      if (points.size() < curve.x().size()) {
        gaps.add(
            "%d of the %d points of %s are not finite and not drawn."
                .formatted(curve.x().size() - points.size(), curve.x().size(), curve.name()));
      }
    }
    if (looks.size() > 1) {
      legend(html, looks);
    }
    html.element("p.axis", curves.y().name());
    plots.write(
        html,
        new Chart(
            id,
            curves.title(),
            axis(curves.x(), lines, Chart.Point::x),
            axis(curves.y(), lines, Chart.Point::y),
            false,
            lines,
            gaps));
  }

  /**
   * The colour of its variant, or one that no variant in this chart has; a mark by its place; and a
   * stroke by how many of its colour came before.
   */
  private List<Plots.Series> looks(int run, List<Curve> curves) {
    Map<String, Palette.Swatch> colours = new HashMap<>();
    for (Subject subject : subjects) {
      if (subject.run() == run) {
        colours.put(subject.variant().name(), subject.colour());
      }
    }
    List<Palette.Swatch> taken =
        curves.stream().map(Curve::variant).map(colours::get).filter(c -> c != null).toList();
    Map<String, Palette.Swatch> others =
        Palette.assign(
            curves.stream()
                .filter(c -> !colours.containsKey(c.variant()))
                .map(Curve::name)
                .distinct()
                .toList(),
            List.of(),
            taken);
    List<Plots.Series> looks = new ArrayList<>();
    Map<Palette.Swatch, Integer> strokes = new LinkedHashMap<>();
    for (Curve curve : curves) {
      Palette.Swatch own = colours.get(curve.variant());
      Palette.Swatch colour = own != null ? own : others.get(curve.name());
      int stroke = strokes.merge(colour, 1, Integer::sum) - 1;
      looks.add(new Plots.Series(curve.name(), "", stroke, looks.size(), false, colour));
    }
    return looks;
  }

  private static List<Chart.Point> points(Curve curve) {
    List<Chart.Point> points = new ArrayList<>();
    for (int i = 0; i < curve.x().size(); i++) {
      double x = curve.x().get(i);
      double y = curve.y().get(i);
      if (Double.isFinite(x) && Double.isFinite(y)) {
        points.add(new Chart.Point(x, y, null));
      }
    }
    return points;
  }

  private static Chart.Axis axis(
      Exhibit.Axis axis, List<Chart.Line> lines, Function<Chart.Point, Double> value) {
    return new Chart.Axis(
        axis.name(),
        switch (axis.scale()) {
          case LINEAR -> Kind.VALUE;
          case PERCENT -> Kind.PERCENT;
          case LOG -> Charts.logarithmic(lines, value);
        });
  }

  private static void legend(Html html, List<Plots.Series> looks) {
    html.open("ul.key");
    for (Plots.Series look : looks) {
      html.open("li").open("span.stroke.run" + look.run() % 3, "style", look.colour().style());
      html.element("i.swatch.shape" + look.shape() % 4, "").close("span");
      html.text(look.label()).close("li");
    }
    html.close("ul");
  }
}

package dev.collapsar.report;

import dev.collapsar.report.Chart.Kind;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.ReportItem.Band;
import dev.collapsar.run.ReportItem.Curve;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Curves of a recipe's own as a chart before its bands, with a legend where there are several. */
final class LineCharts {
  /** More lines of one kind are a crowd. */
  private static final int MOST_NAMED = 8;

  private final List<VariantSeries> subjects;
  private final Plots plots;

  LineCharts(List<VariantSeries> subjects, Plots plots) {
    this.subjects = subjects;
    this.plots = plots;
  }

  void write(Html html, int run, String id, ReportItem.LineChart curves) {
    Map<String, Palette.Swatch> colours = new HashMap<>();
    Map<String, Integer> marks = new HashMap<>();
    for (VariantSeries subject : subjects) {
      if (subject.run() == run) {
        colours.put(subject.variant().name(), subject.colour());
        marks.put(subject.variant().name(), subject.shape());
      }
    }
    List<String> gaps = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    List<Plots.Series> looks = new ArrayList<>();
    List<Chart.Line> lines = lines(curves.curves(), colours, marks, looks, entries, gaps);
    List<Chart.Band> bands = bands(curves, colours, looks, entries, gaps);
    Stream<Double> bandX = bands.stream().flatMap(b -> b.ranges().stream()).map(Chart.Range::x);
    Kind x = kind(curves.x(), Stream.concat(Charts.points(lines).map(Chart.Point::x), bandX));
    Kind y = kind(curves.y(), Charts.points(lines).map(Chart.Point::y));
    if (y == Kind.LOG) {
      bands.forEach(band -> Charts.cut(band.name(), band.ranges()).ifPresent(gaps::add));
    }
    if (entries.size() > 1) {
      legend(html, entries);
    }
    html.element("p.axis", curves.y().name());
    plots.write(
        html,
        new Chart(
            id,
            curves.title(),
            new Chart.Axis(curves.x().name(), x),
            new Chart.Axis(curves.y().name(), y),
            Chart.Form.LINES,
            lines,
            bands,
            gaps));
  }

  /** The crowd first, so that what has a name lies upon it. */
  private List<Chart.Line> lines(
      List<Curve> curves,
      Map<String, Palette.Swatch> colours,
      Map<String, Integer> marks,
      List<Plots.Series> looks,
      List<Entry> entries,
      List<String> gaps) {
    List<Chart.Line> lines = new ArrayList<>();
    List<Curve> crowd = crowd(curves, colours.keySet());
    if (!crowd.isEmpty()) {
      int series = addCrowd(crowd, entries);
      for (Curve curve : crowd) {
        lines.add(new Chart.Line(series, null, curve.name(), false, points(curve, gaps)));
      }
    }
    List<Curve> named = new ArrayList<>(curves);
    named.removeAll(crowd);
    looks.addAll(looks(colours, marks, named));
    for (int i = 0; i < looks.size(); i++) {
      Curve curve = named.get(i);
      int series = plots.add(looks.get(i));
      entries.add(new Entry(series, looks.get(i), Sign.MARKED_LINE));
      lines.add(new Chart.Line(series, null, curve.name(), false, points(curve, gaps)));
    }
    return lines;
  }

  /**
   * Curves of no variant that lie behind one of a variant, too many to be told apart: numbered
   * draws, say. They are one series.
   */
  private static List<Curve> crowd(List<Curve> curves, Set<String> variants) {
    if (curves.stream().noneMatch(curve -> variants.contains(curve.variant()))) {
      return List.of();
    }
    return curves.stream()
        .filter(curve -> !variants.contains(curve.variant()))
        .collect(Collectors.groupingBy(curve -> Palette.family(curve.name())))
        .values()
        .stream()
        .filter(family -> family.size() > MOST_NAMED)
        .findFirst()
        .orElse(List.of());
  }

  private int addCrowd(List<Curve> crowd, List<Entry> entries) {
    String label = "%s to %s".formatted(crowd.get(0).name(), crowd.get(crowd.size() - 1).name());
    Palette.Swatch grey = Palette.assign(List.of(), List.of(label)).get(label);
    Plots.Series look = new Plots.Series(label, "", 0, 0, 0, false, grey);
    int series = plots.add(look);
    entries.add(new Entry(series, look, Sign.LINE));
    return series;
  }

  private List<Chart.Band> bands(
      ReportItem.LineChart curves,
      Map<String, Palette.Swatch> colours,
      List<Plots.Series> looks,
      List<Entry> entries,
      List<String> gaps) {
    Map<String, Palette.Swatch> others = ofNoVariant(colours, curves.bands(), looks);
    List<Chart.Band> bands = new ArrayList<>();
    for (Band band : curves.bands()) {
      Palette.Swatch own = colours.get(band.variant());
      Palette.Swatch colour = own != null ? own : others.get(band.name());
      Plots.Series look = new Plots.Series(band.name(), "", 0, 0, 0, false, colour);
      int series = plots.add(look);
      entries.add(new Entry(series, look, Sign.AREA));
      bands.add(new Chart.Band(series, null, band.name(), Chart.Look.CHANCE, ranges(band, gaps)));
    }
    return bands;
  }

  /**
   * The colour and the mark of its variant, or a colour that no variant in this chart has and a
   * mark by its place; and a stroke by how many of its colour came before.
   */
  private static List<Plots.Series> looks(
      Map<String, Palette.Swatch> colours, Map<String, Integer> marks, List<Curve> curves) {
    List<Palette.Swatch> taken =
        curves.stream().map(Curve::variant).map(colours::get).filter(Objects::nonNull).toList();
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
      int mark = own == null ? looks.size() : marks.get(curve.variant());
      looks.add(new Plots.Series(curve.name(), "", 0, stroke, mark, false, colour));
    }
    return looks;
  }

  /** Grey for the first band that no variant owns, hues that no line has for those after it. */
  private static Map<String, Palette.Swatch> ofNoVariant(
      Map<String, Palette.Swatch> colours, List<Band> bands, List<Plots.Series> lines) {
    List<String> names =
        bands.stream()
            .filter(band -> !colours.containsKey(band.variant()))
            .map(Band::name)
            .distinct()
            .toList();
    List<String> first = names.stream().limit(1).toList();
    return Palette.assign(names, first, lines.stream().map(Plots.Series::colour).toList());
  }

  /** Those that are finite; a sentence says how many are not. */
  private static List<Chart.Point> points(Curve curve, List<String> gaps) {
    List<Chart.Point> points = new ArrayList<>();
    for (int i = 0; i < curve.x().size(); i++) {
      double x = curve.x().get(i);
      double y = curve.y().get(i);
      if (Double.isFinite(x) && Double.isFinite(y)) {
        points.add(new Chart.Point(x, y, null));
      }
    }
    if (points.size() < curve.x().size()) {
      gaps.add(
          "%s of the %s points of %s are not finite and not drawn."
              .formatted(curve.x().size() - points.size(), curve.x().size(), curve.name()));
    }
    return points;
  }

  /** Likewise. */
  private static List<Chart.Range> ranges(Band band, List<String> gaps) {
    List<Chart.Range> ranges = new ArrayList<>();
    for (int i = 0; i < band.x().size(); i++) {
      Chart.Range range = new Chart.Range(band.x().get(i), band.low().get(i), band.high().get(i));
      if (Stream.of(range.x(), range.low(), range.high()).allMatch(Double::isFinite)) {
        ranges.add(range);
      }
    }
    if (ranges.size() < band.x().size()) {
      gaps.add(
          "%s has no finite ends at %s of its %s places and is not drawn there."
              .formatted(band.name(), band.x().size() - ranges.size(), band.x().size()));
    }
    return ranges;
  }

  private static Kind kind(ReportItem.Axis axis, Stream<Double> values) {
    return switch (axis.scale()) {
      case LINEAR -> Kind.VALUE;
      case PERCENT -> Kind.PERCENT;
      case LOG -> Charts.logarithmic(values);
    };
  }

  /** What a legend names. */
  private record Entry(int series, Plots.Series look, Sign sign) {}

  private enum Sign {
    MARKED_LINE,
    LINE,
    AREA
  }

  private static void legend(Html html, List<Entry> entries) {
    html.open("div.key");
    for (Entry entry : entries) {
      Plots.Series look = entry.look;
      html.open(
          "button",
          "type",
          "button",
          "aria-pressed",
          "true",
          "data-series",
          Integer.toString(entry.series));
      String stroke =
          entry.sign == Sign.AREA ? "span.area" : "span.stroke.run" + look.stroke() % Plots.STROKES;
      html.open(stroke, "style", look.colour().style());
      if (entry.sign == Sign.MARKED_LINE) {
        html.element("i.swatch.shape" + look.shape() % Plots.SHAPES, "");
      }
      html.close("span").text(look.label()).close("button");
    }
    html.close("div");
  }
}

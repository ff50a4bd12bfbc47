package dev.collapsar.report.measured;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.ClassGeometry;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The class means and a sample of the features in the plane of the two leading directions of the
 * centred class means: the picture of Papyan, Han and Donoho 2020.
 */
final class PlaneFigure {
  private static final int SIZE = 560;
  private static final int MOST_POINTS = 1500;
  private static final int RUNS = 60;
  private static final int MOST_NAMED = 40;

  /** A sample of the features: its class's place among the measured ones, and where it is. */
  private record Point(int place, double x, double y) {}

  private final MeasuredFeatures subject;
  private final MeasuredCollapse measured;

  PlaneFigure(MeasuredFeatures subject) {
    this.subject = subject;
    this.measured = subject.measured();
  }

  void write(Html html) {
    int[] classes = measured.measured();
    if (classes.length < 2 || measured.featureExponent() != 0) {
      return;
    }
    ClassGeometry geometry =
        new ClassGeometry(measured.moments(), classes, measured.options().globalMean());
    SingularVectors found = SingularVectors.of(geometry.centred(), Blas.reference());
    if (found.rank() == 0) {
      return;
    }
    Matrix axes = axes(found, geometry.width());
    Matrix means = Blas.reference().timesTransposed(geometry.centred(), axes);
    List<Point> points = points(geometry, axes);
    html.open("figure.chart");
    html.open("figcaption").element("h4", "In the plane of the class means");
    html.element("p", caption(found, points.size())).close("figcaption");
    draw(html, means, points);
    html.close("figure");
  }

  private String caption(SingularVectors found, int points) {
    double all = 0;
    double shown = 0;
    for (int i = 0; i < found.rank(); i++) {
      double square = found.values()[i] * found.values()[i];
      all += square;
      shown += i < 2 ? square : 0;
    }
    String share = Numbers.percent(shown / all);
    return ("Large: the class means, less the mean of all; small: %s of the samples. The"
            + " plane holds %s of what the means differ by%s.")
        .formatted(
            Numbers.count(points),
            share,
            found.rank() > 2
                ? "; of a simplex of %s classes any plane holds %s"
                    .formatted(
                        measured.measured().length,
                        Numbers.percent(2.0 / (measured.measured().length - 1)))
                : "");
  }

  /** The two leading directions (2,D); the second is zero where the means have one alone. */
  private static Matrix axes(SingularVectors found, int width) {
    double[] axes = new double[2 * width];
    for (int i = 0; i < Math.min(2, found.rank()); i++) {
      System.arraycopy(found.right().row(i), 0, axes, i * width, width);
    }
    return Matrix.of(2, width, axes);
  }

  private List<Point> points(ClassGeometry geometry, Matrix axes) {
    List<Point> points = new ArrayList<>();
    if (measured.train().isEmpty()) {
      return points;
    }
    Map<Integer, Integer> places = new HashMap<>();
    for (int i = 0; i < geometry.classes(); i++) {
      places.put(geometry.label(i), i);
    }
    double[] centre = new double[geometry.width()];
    for (int j = 0; j < centre.length; j++) {
      centre[j] = geometry.means().get(0, j) - geometry.centred().get(0, j);
    }
    FeatureTable table = measured.train().get();
    long rows = table.rows();
    int run = (int) Math.max(1, Math.min(MOST_POINTS, rows) / RUNS);
    for (int part = 0; part < RUNS; part++) {
      long from = Math.max(0, rows - run) * part / Math.max(1, RUNS - 1);
      long before = part == 0 ? 0 : Math.max(0, rows - run) * (part - 1) / (RUNS - 1) + run;
      try (BatchSource source =
          table.read(Math.max(from, before), Math.max(from + run, before), run)) {
        for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
          take(batch, places, centre, axes, points);
        }
      }
    }
    return points;
  }

  private static void take(
      LabeledBatch batch,
      Map<Integer, Integer> places,
      double[] centre,
      Matrix axes,
      List<Point> points) {
    int width = batch.width();
    for (int i = 0; i < batch.rows(); i++) {
      Integer place = places.get(batch.labels()[batch.start() + i]);
      if (place == null) {
        continue; // of a class that was not measured
      }
      double x = 0;
      double y = 0;
      for (int j = 0; j < width; j++) {
        int at = (batch.start() + i) * width + j;
        double value = (batch.isDouble() ? batch.doubles()[at] : batch.floats()[at]) - centre[j];
        x += value * axes.get(0, j);
        y += value * axes.get(1, j);
      }
      points.add(new Point(place, x, y));
    }
  }

  private void draw(Html html, Matrix means, List<Point> points) {
    double far = 0;
    for (int i = 0; i < means.length(); i++) {
      far = Math.max(far, Math.abs(means.at(i)));
    }
    for (Point point : points) {
      far = Math.max(far, Math.max(Math.abs(point.x), Math.abs(point.y)));
    }
    double scale = SIZE / 2.0 / far * 0.9;
    Drawing drawing = new Drawing(html, SIZE, SIZE, "Class means and samples in their plane");
    double middle = SIZE / 2.0;
    drawing.line("axis", 0, middle, SIZE, middle, "");
    drawing.line("axis", middle, 0, middle, SIZE, "");
    int classes = means.rows();
    for (Point point : points) {
      drawing.dot(
          "sample",
          middle + scale * point.x,
          middle - scale * point.y,
          2.4,
          hue(point.place, classes));
    }
    for (int i = 0; i < classes; i++) {
      double x = middle + scale * means.get(i, 0);
      double y = middle - scale * means.get(i, 1);
      drawing.line("spoke", middle, middle, x, y, hue(i, classes));
      drawing.dot("mean", x, y, 8, hue(i, classes));
    }
    for (int i = 0; i < classes && classes <= MOST_NAMED; i++) {
      double x = middle + scale * means.get(i, 0);
      double y = middle - scale * means.get(i, 1);
      String name = subject.nameOf(measured.measured()[i]);
      boolean left = x > SIZE * 0.8;
      drawing.word("name", x + (left ? -13 : 13), y + 5, left ? "end" : "start", name);
    }
    drawing.end();
  }

  /** A hue a class, all round the circle. */
  static String hue(int place, int classes) {
    return String.format(Locale.ROOT, "--h:%.0f", 20 + 360.0 * place / classes);
  }
}

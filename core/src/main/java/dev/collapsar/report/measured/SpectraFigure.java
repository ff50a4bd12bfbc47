package dev.collapsar.report.measured;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.ClassGeometry;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.report.Html;
import java.util.Arrays;

/** The eigenvalues of S_B and S_W, descending, as shares of the largest of S_B. */
final class SpectraFigure {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 380;
  private static final int LEFT = 66;
  private static final int BOTTOM = 40;
  private static final int MOST = 128;

  /** Wider scatter matrices take longer than a page is worth. */
  private static final int WIDEST = 2048;

  /** What is smaller beside the largest is rounding. */
  private static final double LEAST = 1e-12;

  private final MeasuredCollapse measured;

  SpectraFigure(MeasuredFeatures subject) {
    this.measured = subject.measured();
  }

  void write(Html html) {
    int[] classes = measured.measured();
    if (classes.length < 2) {
      return;
    }
    ClassGeometry geometry =
        new ClassGeometry(measured.moments(), classes, measured.options().globalMean());
    double[] singular = SingularVectors.of(geometry.centred(), Blas.reference()).values();
    if (singular.length == 0) {
      return;
    }
    double[] between = Arrays.stream(singular).map(s -> s * s / classes.length).toArray();
    double[] within = within();
    double largest = between[0];
    html.open("figure.chart").open("figcaption").element("h4", "Spectra of the scatter matrices");
    html.element(
        "p",
        ("Eigenvalues over the largest of S_B, in their order. In a simplex the %s of S_B"
                + " are one height; as samples collapse those of S_W fall.%s")
            .formatted(
                classes.length - 1,
                within.length == 0
                    ? " S_W is not there: it takes a metric that needs it, such as"
                        + " --metrics rank_entropy."
                    : ""));
    html.close("figcaption");
    draw(html, shares(between, largest), shares(within, largest));
    html.open("p.key").element("span.between", "S_B, between classes");
    if (within.length > 0) {
      html.element("span.within", "S_W, within classes");
    }
    html.close("p").close("figure");
  }

  private static double[] shares(double[] values, double largest) {
    return Arrays.stream(values).map(v -> v / largest).filter(v -> v > LEAST).limit(MOST).toArray();
  }

  /** Descending; none where the scatter was not collected, or is too wide. */
  private double[] within() {
    if (measured.moments().scatter().isEmpty() || measured.moments().width() > WIDEST) {
      return new double[0];
    }
    Matrix scatter = measured.moments().scatter().get();
    double work = 4.0 * scatter.rows() * scatter.rows() * scatter.rows();
    try (Blas blas = Blas.forWork(work, measured.options().threads())) {
      double[] ascending = blas.eigenvalues(scatter);
      double[] values = new double[ascending.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = ascending[values.length - 1 - i] / measured.moments().samples();
      }
      return values;
    }
  }

  private static void draw(Html html, double[] between, double[] within) {
    double least = 1;
    double most = 1;
    for (double[] values : new double[][] {between, within}) {
      for (double value : values) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    int low = (int) Math.floor(Math.log10(least));
    int high = Math.max(low + 1, (int) Math.ceil(Math.log10(most)));
    int count = Math.max(2, Math.max(between.length, within.length));
    Drawing drawing = new Drawing(html, WIDTH, HEIGHT, "Eigenvalues of S_B and S_W");
    int step = Math.max(1, (high - low) / 5);
    for (int power = low; power <= high; power += step) {
      double y = y(power, low, high);
      drawing.line("grid", LEFT, y, WIDTH - 8, y, "");
      drawing.word(
          "tick", LEFT - 8, y + 5, "end", power == 0 ? "1" : power == 1 ? "10" : "1e" + power);
    }
    for (int tick : new int[] {1, (1 + count) / 2, count}) {
      drawing.word("tick", x(tick - 1, count), HEIGHT - 12, "middle", Integer.toString(tick));
    }
    curve(drawing, "within", within, count, low, high);
    curve(drawing, "between", between, count, low, high);
    drawing.end();
  }

  private static void curve(
      Drawing drawing, String kind, double[] values, int count, int low, int high) {
    for (int i = 0; i < values.length; i++) {
      double y = y(Math.log10(values[i]), low, high);
      if (i > 0) {
        drawing.line(
            kind, x(i - 1, count), y(Math.log10(values[i - 1]), low, high), x(i, count), y, "");
      }
      if (count <= MOST / 2) {
        drawing.dot(kind, x(i, count), y, 4, "");
      }
    }
  }

  private static double x(int index, int count) {
    return LEFT + 12 + (WIDTH - LEFT - 32.0) * index / (count - 1);
  }

  private static double y(double power, int low, int high) {
    return 12 + (HEIGHT - BOTTOM - 12.0) * (high - power) / (high - low);
  }
}

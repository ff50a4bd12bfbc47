package dev.collapsar.report.measured;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.ClassGeometry;
import dev.collapsar.report.Html;
import dev.collapsar.report.Numbers;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The cosines of the centred class means, each shaded by how far it is from -1/(K-1), which all are
 * in a simplex.
 */
final class GramFigure {
  private static final int SIZE = 560;
  private static final int MARGIN = 44;
  private static final int MOST = 64;

  /**
   * From this share of the furthest on, a cell is too deep for dark text or, at night, for light.
   */
  private static final double DEEP = .6;

  private static final int MOST_WRITTEN = 12;
  private static final int MOST_NAMED = 24;
  private static final int LONGEST_NAME = 12;
  private static final double LETTER = 8; // units a letter takes, about

  private final MeasuredFeatures subject;

  GramFigure(MeasuredFeatures subject) {
    this.subject = subject;
  }

  void write(Html html) {
    int[] classes = subject.measured().measured();
    if (classes.length < 2) {
      return;
    }
    double[][] cosines = cosines(classes, Math.min(MOST, classes.length));
    DoubleSummaryStatistics apart = new DoubleSummaryStatistics();
    for (int i = 0; i < cosines.length; i++) {
      for (int j = 0; j < cosines.length; j++) {
        if (i != j && Double.isFinite(cosines[i][j])) {
          apart.accept(cosines[i][j]);
        }
      }
    }
    if (apart.getCount() == 0) {
      html.element("p", "No two class means have a cosine: of each pair one is the global mean.");
      return;
    }
    double simplex = -1.0 / (classes.length - 1);
    double furthest = Math.max(simplex - apart.getMin(), apart.getMax() - simplex);
    html.open("figure.chart").open("figcaption");
    html.element("h4", "Cosines of the class means against the simplex");
    html.element(
        "p",
        ("In a simplex each is %s; here they are %s to %s. Shaded by the distance from"
                + " it, warm above and cool below, the deepest %s away.%s")
            .formatted(
                Numbers.brief(simplex),
                Numbers.brief(apart.getMin()),
                Numbers.brief(apart.getMax()),
                Numbers.brief(furthest),
                cosines.length < classes.length
                    ? " The first %s of %s classes.".formatted(cosines.length, classes.length)
                    : ""));
    html.close("figcaption");
    draw(html, classes, cosines, simplex, furthest);
    html.close("figure");
  }

  /** Of the first classes, (shown,shown). */
  private double[][] cosines(int[] classes, int shown) {
    ClassGeometry geometry =
        new ClassGeometry(
            subject.measured().moments(), classes, subject.measured().options().globalMean());
    Matrix means = geometry.centred().rows(IntStream.range(0, shown).toArray());
    Matrix products = Blas.reference().timesTransposed(means, means);
    double[][] cosines = new double[shown][shown];
    for (int i = 0; i < shown; i++) {
      for (int j = 0; j < shown; j++) {
        cosines[i][j] = products.get(i, j) / (geometry.norms()[i] * geometry.norms()[j]);
      }
    }
    return cosines;
  }

  private void draw(Html html, int[] classes, double[][] cosines, double simplex, double furthest) {
    int shown = cosines.length;
    boolean named = shown <= MOST_NAMED;
    List<String> names = IntStream.of(classes).limit(shown).mapToObj(subject::nameOf).toList();
    int longest = names.stream().mapToInt(String::length).max().orElse(0);
    double room = named ? Math.max(MARGIN, 10 + LETTER * Math.min(LONGEST_NAME, longest)) : 4;
    double cell = (SIZE - room - 4) / shown;
    List<String> rows = brief(names, classes, LONGEST_NAME);
    List<String> columns = brief(names, classes, (int) (cell / LETTER));
    Drawing drawing = new Drawing(html, SIZE, SIZE, "Cosines of the class means");
    for (int i = 0; i < shown; i++) {
      if (named) {
        drawing.word("tick", room - 6, room + (i + 0.5) * cell + 5, "end", rows.get(i));
        drawing.word("tick", room + (i + 0.5) * cell, room - 8, "middle", columns.get(i));
      }
      for (int j = 0; j < shown; j++) {
        cell(drawing, classes, cosines, new double[] {simplex, furthest, room, cell}, i, j);
      }
    }
    drawing.end();
  }

  /** Names of so many letters at most; numbers, where these would not tell them apart. */
  static List<String> brief(List<String> names, int[] classes, int letters) {
    List<String> brief =
        names.stream()
            .map(n -> n.length() <= letters ? n : n.substring(0, Math.max(1, letters - 1)) + "…")
            .toList();
    return brief.stream().distinct().count() == names.size()
        ? brief
        : IntStream.of(classes).limit(names.size()).mapToObj(Integer::toString).toList();
  }

  /**
   * @param scale the simplex's cosine, the furthest from it, the first cell's place, a cell's size
   */
  private void cell(
      Drawing drawing, int[] classes, double[][] cosines, double[] scale, int i, int j) {
    double cosine = cosines[i][j];
    double x = scale[2] + j * scale[3];
    double y = scale[2] + i * scale[3];
    double share = scale[1] == 0 ? 0 : Math.min(1, Math.abs(cosine - scale[0]) / scale[1]);
    String kind = i == j ? "self" : cosine >= scale[0] ? "more" : "less";
    drawing.box(
        kind,
        x + 0.5,
        y + 0.5,
        scale[3] - 1,
        i == j ? "" : String.format(Locale.ROOT, "--s:%.3f", share),
        "%s, %s: %s"
            .formatted(
                subject.nameOf(classes[i]), subject.nameOf(classes[j]), Numbers.brief(cosine)));
    if (cosines.length <= MOST_WRITTEN && i != j) {
      String text = String.format(Locale.ROOT, "%.2f", cosine).replace("0.", ".").replace("-", "−");
      drawing.word(
          share > DEEP ? "cell.deep" : "cell",
          x + scale[3] / 2,
          y + scale[3] / 2 + 4,
          "middle",
          text);
    }
  }
}

package dev.collapsar.learn.recipe.collapse;

import dev.collapsar.learn.variant.ScatterSpectra;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.ReportItem.Axis;
import dev.collapsar.run.ReportItem.Curve;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The class means among themselves, and the spectra of a representation, after the last epoch.
 *
 * @param classes their names
 */
record GeometryCharts(ScatterSpectra scatter, int epoch, List<String> classes) {
  List<ReportItem> all() {
    return List.of(simplex(scatter.gram()), spectra(scatter.spectra()));
  }

  private ReportItem simplex(Matrix gram) {
    int count = gram.rows();
    double scale = IntStream.range(0, count).mapToDouble(k -> gram.get(k, k)).sum() / count;
    List<List<Double>> away = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Double> row = new ArrayList<>();
      for (int j = 0; j < count; j++) {
        double ideal = i == j ? 1 : -1.0 / (count - 1);
        row.add(gram.get(i, j) / scale - ideal);
      }
      away.add(row);
    }
    return new ReportItem.Heatmap(
        "Gram matrix of the class means against the ideal simplex",
        String.format(
            Locale.ROOT,
            "Products of the centred class means after epoch %s, divided by their mean square, less"
                + " those of a simplex equiangular tight frame (1 on the diagonal, -1/(K-1) = %.3f"
                + " beside it): all 0 at collapse.",
            epoch,
            -1.0 / (count - 1)),
        "class",
        "class",
        classes,
        classes,
        away,
        true);
  }

  private ReportItem spectra(ScatterSpectra.Spectra spectra) {
    return new ReportItem.LineChart(
        "Spectra of the representation",
        ("Square roots of the eigenvalues after epoch %s, largest first: of the second"
                + " moment of all features, of S_W (spread within classes) and of S_B (spread"
                + " between them). At collapse K-1 values of S_B stand alike, far above S_W's.")
            .formatted(epoch),
        Axis.linear("rank"),
        new Axis("singular value", Axis.Scale.LOG),
        List.of(
            curve("features", spectra.features()),
            curve("within classes", spectra.within()),
            curve("between classes", spectra.between())));
  }

  private static Curve curve(String name, double[] values) {
    List<Double> x = IntStream.rangeClosed(1, values.length).mapToObj(i -> (double) i).toList();
    return new Curve(name, null, x, Arrays.stream(values).boxed().toList());
  }
}

package dev.collapsar.learn.variant;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Spectrum;
import dev.collapsar.metric.SquaredLoss;
import dev.collapsar.run.Exhibit;
import dev.collapsar.run.Exhibit.Axis;
import dev.collapsar.run.Exhibit.Curve;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.stats.TablePass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What takes the whole scatter of a representation: its spectra, and the parts of a squared loss.
 */
public record ScatterSpectra(ClassMoments moments, int threads) {
  private static final int BATCH_ROWS = 256;

  public static ScatterSpectra of(FeatureArray features, int classes, int threads) {
    int width = features.width();
    double operations = (double) features.rows() * width * width;
    long state = 3L * Double.BYTES * width * width;
    try (Blas blas = Blas.forWork(operations, threads);
        Workers workers = new Workers(threads)) {
      return new ScatterSpectra(
          TablePass.over(
              features,
              BATCH_ROWS,
              state,
              workers,
              () -> new ClassMomentsAccumulator(classes, width, blas)),
          threads);
    }
  }

  public SquaredLoss squaredLoss(Matrix weights, double[] bias, double lambda) {
    try (Blas blas = blas()) {
      return SquaredLoss.of(moments, weights, bias, lambda, blas);
    }
  }

  private Blas blas() {
    return Blas.forWork(10.0 * moments.width() * moments.width() * moments.width(), threads);
  }

  /** The class means among themselves, and the spectra; every class must have samples. */
  public List<Exhibit> exhibits(int epoch, List<String> names) {
    try (Blas blas = blas()) {
      Matrix centred = centred();
      Matrix gram = blas.timesTransposed(centred, centred); // (K,K)
      return List.of(simplex(gram, epoch, names), spectra(gram, epoch, blas));
    }
  }

  /** The singular values of all features, not centred, divided by sqrt(N). */
  public Curve featureSpectrum(String name, String variant) {
    long[] counts = new long[moments.classes()];
    Arrays.setAll(counts, moments::count);
    try (Blas blas = blas()) {
      double[] values =
          Spectrum.ofFeatures(moments.means(), counts, moments.scatter().orElseThrow(), blas)
              .map(Spectrum::values)
              .orElse(new double[0]);
      return named(name, variant, values, Math.sqrt(moments.samples()));
    }
  }

  /** The singular values of the centred class means, divided by sqrt(K). */
  public Curve meansSpectrum(String name, String variant) {
    try (Blas blas = blas()) {
      double[] values = SingularVectors.of(centred(), blas).values();
      return named(name, variant, values, Math.sqrt(moments.classes()));
    }
  }

  /** Those that are rounding errors are left out, as below. */
  private static Curve named(String name, String variant, double[] values, double divisor) {
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (int i = 0; i < values.length && values[i] > 1e-7 * values[0]; i++) {
      x.add(i + 1.0);
      y.add(values[i] / divisor);
    }
    return new Curve(name, variant, x, y);
  }

  private Matrix centred() {
    int classes = moments.classes();
    int width = moments.width();
    double[] centred = moments.means().array().clone(); // (K,D)
    for (int j = 0; j < width; j++) {
      double centre = 0;
      for (int k = 0; k < classes; k++) {
        centre += centred[k * width + j] / classes;
      }
      for (int k = 0; k < classes; k++) {
        centred[k * width + j] -= centre;
      }
    }
    return Matrix.of(classes, width, centred);
  }

  private Exhibit simplex(Matrix gram, int epoch, List<String> names) {
    int classes = gram.rows();
    double scale = IntStream.range(0, classes).mapToDouble(k -> gram.get(k, k)).sum() / classes;
    List<List<Double>> away = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      List<Double> row = new ArrayList<>();
      for (int j = 0; j < classes; j++) {
        double ideal = i == j ? 1 : -1.0 / (classes - 1);
        row.add(gram.get(i, j) / scale - ideal);
      }
      away.add(row);
    }
    return new Exhibit.Grid(
        "Gram matrix of the class means against the ideal simplex",
        "Products of the centred class means after epoch %d, divided by their mean square, less those of a simplex equiangular tight frame (1 on the diagonal, -1/(K-1) = %.3f beside it): all 0 at collapse."
            .formatted(epoch, -1.0 / (classes - 1)),
        "class",
        "class",
        names,
        names,
        away,
        true);
  }

  private Exhibit spectra(Matrix gram, int epoch, Blas blas) {
    int width = moments.width();
    double[] within = moments.scatter().orElseThrow().array().clone(); // (D,D)
    double[] total = new double[within.length]; // (D,D): X^T X / N
    double[] scaled = moments.means().array().clone(); // (K,D)
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= Math.sqrt(moments.count(i / width));
    }
    Matrix means = blas.columnGram(Matrix.of(moments.classes(), width, scaled));
    for (int i = 0; i < within.length; i++) {
      within[i] /= moments.samples();
      total[i] = within[i] + means.array()[i] / moments.samples();
    }
    Matrix between =
        Matrix.of(
            gram.rows(),
            gram.rows(),
            Arrays.stream(gram.array()).map(v -> v / gram.rows()).toArray());
    return new Exhibit.Curves(
        "Spectra of the representation",
        "Square roots of the eigenvalues after epoch %d, largest first: of the second moment of all features, of S_W (spread within classes) and of S_B (spread between them). At collapse K-1 values of S_B stand alike, far above S_W's."
            .formatted(epoch),
        Axis.linear("rank"),
        new Axis("singular value", Axis.Scale.LOG),
        List.of(
            curve("features", Matrix.of(width, width, total), blas),
            curve("within classes", Matrix.of(width, width, within), blas),
            curve("between classes", between, blas)));
  }

  /** Values that are rounding errors are left out: a logarithmic axis would show nothing else. */
  private static Curve curve(String name, Matrix symmetric, Blas blas) {
    double[] values = blas.eigenvalues(symmetric);
    double least = values[values.length - 1] * symmetric.rows() * Math.ulp(1.0);
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (int i = values.length - 1; i >= 0 && values[i] > least; i--) {
      x.add((double) (values.length - i));
      y.add(Math.sqrt(values[i]));
    }
    return new Curve(name, null, x, y);
  }
}

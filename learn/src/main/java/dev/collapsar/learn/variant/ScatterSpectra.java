package dev.collapsar.learn.variant;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.linalg.Spectrum;
import dev.collapsar.metric.SquaredLoss;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import dev.collapsar.stats.TablePass;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The metrics that take the whole scatter of a representation: its spectra, and the parts of a
 * squared loss.
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

  /** The singular values of all features, not centred, divided by sqrt(N). */
  public double[] featureValues() {
    long[] counts = new long[moments.classes()];
    Arrays.setAll(counts, moments::count);
    try (Blas blas = blas()) {
      double[] values =
          Spectrum.ofFeatures(moments.means(), counts, moments.scatter().orElseThrow(), blas)
              .map(Spectrum::values)
              .orElse(new double[0]);
      return exact(values, Math.sqrt(moments.samples()));
    }
  }

  /** The singular values of the centred class means, divided by sqrt(K). */
  public double[] meanValues() {
    try (Blas blas = blas()) {
      double[] values = SingularVectors.of(centred(), blas).values();
      return exact(values, Math.sqrt(moments.classes()));
    }
  }

  /** Those that are rounding errors are left out, as below. */
  private static double[] exact(double[] values, double divisor) {
    return Arrays.stream(values)
        .takeWhile(value -> value > 1e-7 * values[0])
        .map(value -> value / divisor)
        .toArray();
  }

  /** The products of the centred class means, (K,K); every class must have samples. */
  public Matrix gram() {
    try (Blas blas = blas()) {
      return gram(blas);
    }
  }

  private Matrix gram(Blas blas) {
    Matrix centred = centred();
    return blas.timesTransposed(centred, centred);
  }

  /**
   * Square roots of eigenvalues, largest first.
   *
   * @param features of the second moment of all features, X^T X / N
   * @param within of S_W
   * @param between of S_B
   */
  public record Spectra(double[] features, double[] within, double[] between) {}

  /** All three spectra; every class must have samples. */
  public Spectra spectra() {
    try (Blas blas = blas()) {
      return spectra(gram(blas), blas);
    }
  }

  private Matrix centred() {
    int classes = moments.classes();
    int width = moments.width();
    double[] centred = moments.means().toArray(); // (K,D)
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

  private Spectra spectra(Matrix gram, Blas blas) {
    int width = moments.width();
    double[] within = moments.scatter().orElseThrow().toArray(); // (D,D)
    double[] total = new double[within.length]; // (D,D): X^T X / N
    double[] scaled = moments.means().toArray(); // (K,D)
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= Math.sqrt(moments.count(i / width));
    }
    Matrix means = blas.columnGram(Matrix.of(moments.classes(), width, scaled));
    for (int i = 0; i < within.length; i++) {
      within[i] /= moments.samples();
      total[i] = within[i] + means.at(i) / moments.samples();
    }
    Matrix between =
        Matrix.of(gram.rows(), gram.rows(), gram.stream().map(v -> v / gram.rows()).toArray());
    return new Spectra(
        roots(Matrix.of(width, width, total), blas),
        roots(Matrix.of(width, width, within), blas),
        roots(between, blas));
  }

  /** Values that are rounding errors are left out: a logarithmic axis would show nothing else. */
  private static double[] roots(Matrix symmetric, Blas blas) {
    double[] values = blas.eigenvalues(symmetric); // smallest first
    int last = values.length - 1;
    double least = values[last] * symmetric.rows() * Math.ulp(1.0);
    return IntStream.rangeClosed(0, last)
        .mapToDouble(i -> values[last - i])
        .takeWhile(value -> value > least)
        .map(Math::sqrt)
        .toArray();
  }
}

package dev.collapsar.classes;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.ClassGeometry;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.PairwiseSums;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * The vectors over classes and grids over pairs that metrics are means and variances of, of which
 * rhubarbwu/neural-collapse hands out the same: here in double precision throughout, without
 * epsilons beside lengths. A grid's diagonal is what its formula gives there, or NaN where it gives
 * nothing.
 */
public final class ClassArrays {
  /** Grids of more classes would take more than 200 MB each. */
  public static final int MOST_CLASSES = 5000;

  /** A kernel of two directions u and v of centred class means. */
  public enum Kernel {
    /** ||u - v||. */
    DISTANCE,
    /** -ln ||u - v||; NaN on the diagonal. */
    LOGARITHM,
    /**
     * sign(s) ||u - v||^-s, s = D - 2; NaN on the diagonal; 0 where a double cannot hold it, which
     * is everywhere near collapse for D in the thousands.
     */
    RIESZ
  }

  private final ClassGeometry geometry;
  private final Matrix centred; // Mc (K,D)
  private final double[] norms; // ||mc_k|| (K)
  private final double[] variances; // v_k (K)
  private final Matrix weights; // W (K,D), or null

  private ClassArrays(ClassGeometry geometry, Matrix weights) {
    this.geometry = geometry;
    this.weights = weights;
    centred = geometry.centred();
    norms = geometry.norms();
    variances = new double[geometry.classes()];
    Arrays.setAll(variances, geometry::variance);
  }

  /**
   * Of the classes that were measured.
   *
   * @throws InvalidInputException for features or weights so extreme that they were divided by a
   *     power of two, or without a class that has samples
   */
  public static ClassArrays of(MeasuredCollapse measured) {
    if (measured.featureExponent() != 0 || measured.weightExponent() != 0) {
      throw new InvalidInputException(
          "arrays are of features and weights between 2^-200 and 2^200: divide these by 2^%s and"
                  .formatted(measured.featureExponent())
              + " 2^%s".formatted(measured.weightExponent()));
    }
    return of(
        measured.moments(),
        measured.measured(),
        measured.weights(),
        measured.options().globalMean());
  }

  /**
   * Of these classes.
   *
   * @param classes each with samples, one or more
   * @param weights W, a row for each class of the moments
   */
  public static ClassArrays of(
      ClassMoments moments, int[] classes, Optional<Matrix> weights, GlobalMean globalMean) {
    if (classes.length == 0) {
      throw new InvalidInputException("arrays over classes need a class that has samples");
    }
    return new ClassArrays(
        new ClassGeometry(moments, classes, globalMean),
        weights.map(all -> all.rows(classes)).orElse(null));
  }

  /** K. */
  public int classes() {
    return norms.length;
  }

  /** v_k (K), the mean over class k of ||x - mu_k||^2. */
  public double[] variances() {
    return variances.clone();
  }

  /** ||mc_k|| (K), then these functions in turn, such as {@code Math::log}. */
  public double[] meanNorms(DoubleUnaryOperator... transforms) {
    double[] values = norms.clone();
    for (DoubleUnaryOperator transform : transforms) {
      values = Arrays.stream(values).map(transform).toArray();
    }
    return values;
  }

  /** w_k . mc_k (K), or their cosines: NaN where a length is zero. */
  public double[] similarities(boolean cosine) {
    Matrix w = needWeights();
    double[] lengths = PairwiseSums.rowNorms(w);
    double[] dots = new double[classes()];
    for (int i = 0; i < w.length(); i++) {
      dots[i / w.columns()] += w.at(i) * centred.at(i);
    }
    for (int k = 0; cosine && k < dots.length; k++) {
      dots[k] /= lengths[k] * norms[k];
    }
    return dots;
  }

  /** ||w_k - mc_k|| (K), or of both at length 1: NaN where a length is zero. */
  public double[] distances(boolean normalised) {
    Matrix w = needWeights();
    double[] lengths = PairwiseSums.rowNorms(w);
    double[] squares = new double[classes()];
    for (int i = 0; i < w.length(); i++) {
      int k = i / w.columns();
      double d =
          normalised ? w.at(i) / lengths[k] - centred.at(i) / norms[k] : w.at(i) - centred.at(i);
      squares[k] += d * d;
    }
    return Arrays.stream(squares).map(Math::sqrt).toArray();
  }

  private Matrix needWeights() {
    if (weights == null) {
      throw new InvalidInputException("similarities and distances need the classifier's weights");
    }
    return weights;
  }

  /** Mc Mc^T (K,K). */
  public Matrix interference() {
    return Blas.reference().timesTransposed(centred, centred);
  }

  /** A kernel of all pairs of directions (K,K): NaN where a mean has none. */
  public Matrix kernel(Kernel kernel) {
    double exponent = geometry.width() - 2.0;
    DoubleBinaryOperator of =
        switch (kernel) {
          case DISTANCE -> (square, pair) -> Math.sqrt(square);
          case LOGARITHM -> (square, pair) -> pair == 0 ? Double.NaN : -0.5 * Math.log(square);
          case RIESZ ->
              (square, pair) ->
                  pair == 0
                      ? Double.NaN
                      : Math.signum(exponent) * Math.exp(-0.5 * exponent * Math.log(square));
        };
    double[] unit = centred.toArray();
    for (int i = 0; i < unit.length; i++) {
      unit[i] /= norms[i / geometry.width()];
    }
    return pairs(Matrix.of(classes(), geometry.width(), unit), of);
  }

  /** ((v_i + v_j)/2) / (||mu_i - mu_j||^2)^e (K,K), NaN on the diagonal. */
  public Matrix distanceNormalisedVariances(double exponent) {
    Matrix squares = pairs(centred, (square, pair) -> pair == 0 ? Double.NaN : square);
    double[] grid = squares.toArray();
    for (int i = 0; i < grid.length; i++) {
      double spread = (variances[i / classes()] + variances[i % classes()]) / 2;
      grid[i] = spread / (exponent == 1 ? grid[i] : Math.pow(grid[i], exponent));
    }
    return Matrix.of(classes(), classes(), grid);
  }

  /**
   * A function of the squared distances of all pairs of rows, from differences.
   *
   * @param of takes the square, and 0 on the diagonal or 1 off it
   */
  private static Matrix pairs(Matrix rows, DoubleBinaryOperator of) {
    int count = rows.rows();
    int width = rows.columns();
    double[] grid = new double[Math.multiplyExact(count, count)];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j <= i; j++) {
        double square = 0;
        for (int d = 0; d < width; d++) {
          double difference = rows.get(i, d) - rows.get(j, d);
          square += difference * difference;
        }
        grid[i * count + j] = of.applyAsDouble(square, i == j ? 0 : 1);
        grid[j * count + i] = grid[i * count + j];
      }
    }
    return Matrix.of(count, count, grid);
  }

  /**
   * || A B^T/||A B^T||_F - (I - 11^T/K)/sqrt(K-1) ||_F for any A and B (K,D), in [0, 2]: with A = B
   * = Mc {@code nc2_etf_err}, with W and Mc {@code nc3_dual_err}. NaN where A B^T is zero.
   *
   * @throws InvalidInputException if they have not the same shape of two rows or more
   */
  public static double structureError(Matrix a, Matrix b) {
    if (a.rows() != b.rows() || a.columns() != b.columns() || a.rows() < 2) {
      throw new InvalidInputException(
          "a structure error is of two matrices of the same two rows or more, got %s and %s"
              .formatted(a, b));
    }
    double[] products = Blas.reference().timesTransposed(a, b).toArray();
    int classes = a.rows();
    double length = Math.sqrt(Arrays.stream(products).map(p -> p * p).sum());
    double square = 0;
    for (int i = 0; i < products.length; i++) {
      double ideal = ((i % (classes + 1) == 0 ? 1 : 0) - 1.0 / classes) / Math.sqrt(classes - 1);
      double d = products[i] / length - ideal;
      square += d * d;
    }
    return Math.sqrt(square);
  }

  /** The variance of some values with divisor K-1, as rhubarbwu takes it of similarities. */
  public static double sampleVariance(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
  }

  /**
   * All of them by name, as {@code measure --arrays} writes them: docs/formats.md.
   *
   * @param exponent of the distances in {@code cdnv}
   * @throws InvalidInputException for more than {@link #MOST_CLASSES}
   */
  public List<Named> named(double exponent) {
    int k = classes();
    if (k > MOST_CLASSES) {
      throw new InvalidInputException(
          "grids over %s classes are too large: at most %s".formatted(k, MOST_CLASSES));
    }
    List<Named> arrays = new ArrayList<>();
    int[] labels = new int[k];
    double[] counts = new double[k];
    Arrays.setAll(labels, geometry::label);
    Arrays.setAll(counts, geometry::count);
    arrays.add(Named.of("classes", labels));
    vector(arrays, "samples", counts);
    arrays.add(Named.of("means", geometry.means().toArray(), k, geometry.width()));
    vector(arrays, "variances", variances);
    vector(arrays, "mean_norms", norms);
    vector(arrays, "mean_norms_log", meanNorms(Math::log));
    if (weights != null) {
      pair(arrays, "similarities", similarities(false));
      pair(arrays, "cosines", similarities(true));
      pair(arrays, "distances_raw", distances(false));
      pair(arrays, "distances", distances(true));
    }
    grid(arrays, "interference", interference());
    grid(arrays, "kernel_dist", kernel(Kernel.DISTANCE));
    grid(arrays, "kernel_log", kernel(Kernel.LOGARITHM));
    grid(arrays, "kernel_riesz", kernel(Kernel.RIESZ));
    grid(arrays, "cdnv", distanceNormalisedVariances(exponent));
    return arrays;
  }

  private static void vector(List<Named> arrays, String name, double[] values) {
    arrays.add(Named.of(name, values, values.length));
  }

  private static void pair(List<Named> arrays, String name, double[] values) {
    vector(arrays, name, values);
    arrays.add(Named.of(name + "_var", new double[] {sampleVariance(values)}));
  }

  private static void grid(List<Named> arrays, String name, Matrix grid) {
    arrays.add(Named.of(name, grid.toArray(), grid.rows(), grid.columns()));
  }
}

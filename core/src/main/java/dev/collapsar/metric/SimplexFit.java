package dev.collapsar.metric;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.PairStatistics;
import dev.collapsar.stats.PairwiseKernel;

/**
 * How far G = A B^T, for A and B (K,D), is from the Gram matrix of a simplex: ||G/||G||_F -
 * P/sqrt(K-1)||_F with P = I - 11^T/K, in [0, 2]. Kothapalli 2023.
 *
 * <p>G = a P + R with a = tr(GP)/(K-1) and R orthogonal to P, so that the squared error is 2 - 2
 * cos with cos = 1/sqrt(1+t), t = ||R||^2/(a^2 (K-1)), if a > 0. That is taken from t without a
 * difference, so that a small error keeps its digits; and R is summed entry by entry, never stored.
 */
final class SimplexFit {
  /** Below this t the closed form of ||R||^2 would lose more than three digits. */
  private static final double CANCELS = 1e-3;

  private final int classes;
  private final double scale; // a
  private final double[] diagonal; // of G (K)

  private SimplexFit(Matrix a, Matrix b) {
    classes = a.rows();
    int width = a.columns();
    diagonal = new double[classes];
    double[] sumA = new double[width];
    double[] sumB = new double[width];
    double trace = 0;
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < width; j++) {
        double u = a.at(i * width + j);
        double v = b.at(i * width + j);
        diagonal[i] += u * v;
        sumA[j] += u;
        sumB[j] += v;
      }
      trace += diagonal[i];
    }
    double all = 0; // 1^T G 1
    for (int j = 0; j < width; j++) {
      all += sumA[j] * sumB[j];
    }
    scale = (trace - all / classes) / (classes - 1);
  }

  /** The fit of A A^T, to be completed by the sum of {@link #offDiagonal()} over A's rows. */
  static SimplexFit ofGram(Matrix a) {
    return new SimplexFit(a, a);
  }

  /** (g_ij + a/K)^2, an entry of R squared. */
  PairwiseKernel offDiagonal() {
    double entry = scale / classes;
    return (pairs, to) -> {
      for (int c = 0; c < pairs.count(); c++) {
        double rest = pairs.dots()[c] + entry;
        to[c] = rest * rest;
      }
    };
  }

  /** The error of A A^T. */
  double error(PairStatistics offDiagonal) {
    double rest = 2 * offDiagonal.mean() * offDiagonal.count();
    for (double g : diagonal) {
      rest += square(g - scale * (1 - 1.0 / classes));
    }
    return error(rest);
  }

  private double error(double rest) {
    double aligned = scale * scale * (classes - 1);
    if (scale <= 0) {
      return Math.sqrt(2 + 2 * Math.sqrt(aligned / (aligned + rest)));
    }
    double t = rest / aligned;
    double root = Math.sqrt(1 + t);
    return Math.sqrt(2 * t / (root * (1 + root)));
  }

  /**
   * The error of A B^T. With more classes than dimensions ||G||^2 = tr(A^T A B^T B) takes K D^2
   * operations rather than K^2 D, and ||R||^2 is what it exceeds a^2 (K-1) by; unless that cancels.
   */
  static double error(Matrix a, Matrix b, int tile, Blas blas, Workers workers) {
    SimplexFit fit = new SimplexFit(a, b);
    if (a.rows() > a.columns()) {
      double total = blas.columnGram(a).dot(blas.columnGram(b));
      double aligned = fit.scale * fit.scale * (fit.classes - 1);
      if (total - aligned > CANCELS * aligned) {
        return fit.error(total - aligned);
      }
    }
    return fit.error(fit.rest(a, b, Math.min(tile, a.rows()), blas, workers));
  }

  /** ||R||^2, in strips of G of tile rows. */
  private double rest(Matrix a, Matrix b, int tile, Blas blas, Workers workers) {
    int tiles = (classes + tile - 1) / tile;
    try (DoubleBlock left = blas.doubles(a.length());
        DoubleBlock right = blas.doubles(b.length())) {
      left.put(a);
      right.put(b);
      double rest = 0;
      for (double part :
          workers.map(
              tiles * tiles,
              t ->
                  rest(left, t / tiles * tile, right, t % tiles * tile, tile, a.columns(), blas))) {
        rest += part;
      }
      return rest;
    }
  }

  private double rest(
      DoubleBlock left, int top, DoubleBlock right, int side, int tile, int width, Blas blas) {
    int high = Math.min(tile, classes - top);
    int wide = Math.min(tile, classes - side);
    double[] products = new double[high * wide];
    try (DoubleBlock block = blas.doubles(products.length)) {
      blas.product(left, top, right, side, block, high, wide, width);
      block.buffer().get(0, products);
    }
    double rest = 0;
    for (int i = 0; i < high; i++) {
      for (int j = 0; j < wide; j++) {
        double simplex = (top + i == side + j ? 1 : 0) - 1.0 / classes;
        rest += square(products[i * wide + j] - scale * simplex);
      }
    }
    return rest;
  }

  private static double square(double x) {
    return x * x;
  }
}

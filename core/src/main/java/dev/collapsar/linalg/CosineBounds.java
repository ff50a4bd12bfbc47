package dev.collapsar.linalg;

/**
 * Upper bounds of the largest |cosine| between a vector and any left singular vector of a matrix A
 * (m,n), without decomposing it.
 *
 * <p>N steps of Lanczos's iteration from a vector u make a tridiagonal T (N,N) and the length b
 * that it goes on with. An eigenvector w of A A^T with eigenvalue x, seen in the basis of those
 * steps, is a vector z (N+1), at most of length 1, with z_1 = cos(u,w) and H(x) z = 0 for H(x) = [T
 * - x I, b e_N]. As a rule H(x) sends one direction to zero, whose first component is the root of
 * Christoffel's function of u's spectral measure: about 1/sqrt(N) where u is spread over many w.
 *
 * <p>All x are covered by cells. Within h of the middle x_0 of one, ||H(x_0) z|| is at most h; so
 * with H's right singular vectors v_i and values s_i, ascending, |z_1| is at most the length of
 * (v_1 .. v_k)'s first components and h / s_{k+1}, for any k.
 */
public final class CosineBounds {
  private static final int STEPS = 64;
  private static final int MOST_CELLS = 20_000;

  private final double[] diagonal; // of T, over ||A||_F^2
  private final double[] beside; // below it, and b at the end
  private final double rounding; // of T
  private int cells;

  private CosineBounds(double[] diagonal, double[] beside, double rounding) {
    this.diagonal = diagonal;
    this.beside = beside;
    this.rounding = rounding;
  }

  /**
   * @param a A, not zero
   * @param vectors of length 1, as rows (b,m)
   * @param enough a bound below this is not made better; in (0, 1)
   * @return for each row a bound below {@code enough}, or 1 if there is none
   */
  public static double[] of(Matrix a, Matrix vectors, double enough, Blas blas) {
    int count = vectors.rows();
    int steps = Math.min(STEPS, a.rows() - 1);
    double size = a.dot(a);
    double rounding = Math.max(a.rows(), a.columns()) * Math.ulp(1.0);
    double[][] diagonal = new double[count][steps];
    double[][] beside = new double[count][steps];
    double[][][] basis = new double[count][steps + 1][];
    for (int j = 0; j < count; j++) {
      basis[j][0] = vectors.row(j);
    }
    try (GramProduct gram = new GramProduct(a, blas)) {
      for (int step = 0; step < steps; step++) {
        Matrix images = gram.of(rows(basis, step, a.rows()));
        for (int j = 0; j < count; j++) {
          double[] rest = images.row(j);
          diagonal[j][step] = dot(rest, basis[j][step]) / size;
          double length = goOn(basis[j], step, rest);
          beside[j][step] = length / size;
        }
      }
    }
    double[] bounds = new double[count];
    for (int j = 0; j < count; j++) {
      bounds[j] = new CosineBounds(diagonal[j], beside[j], rounding).over(0, 1, enough);
    }
    return bounds;
  }

  /** Makes an image the basis's next vector, and tells how long it was without those before. */
  private static double goOn(double[][] basis, int step, double[] image) {
    for (int again = 0; again < 2; again++) {
      for (int k = 0; k <= step; k++) {
        double inside = dot(image, basis[k]);
        for (int d = 0; d < image.length; d++) {
          image[d] -= inside * basis[k][d];
        }
      }
    }
    double length = Math.sqrt(dot(image, image));
    for (int d = 0; d < image.length; d++) {
      image[d] /= length > 0 ? length : 1; // at the end of what u reaches nothing is left
    }
    basis[step + 1] = image;
    return length;
  }

  private static Matrix rows(double[][][] basis, int step, int width) {
    double[] values = new double[basis.length * width];
    for (int j = 0; j < basis.length; j++) {
      System.arraycopy(basis[j][step], 0, values, j * width, width);
    }
    return Matrix.of(basis.length, width, values);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }

  /** A bound for all x in an interval. */
  private double over(double from, double to, double enough) {
    double half = (to - from) / 2;
    if (half < rounding || ++cells > MOST_CELLS) {
      return 1;
    }
    double middle = (from + to) / 2;
    double bound = around(middle, half + rounding);
    if (bound < enough) {
      return bound;
    }
    double left = over(from, middle, enough);
    return left >= enough ? 1 : Math.max(left, over(middle, to, enough));
  }

  private double around(double x, double distance) {
    Matrix h = h(x);
    SymmetricEigen squares = Blas.reference().eigen(Blas.reference().columnGram(h));
    double[] values = squares.values();
    double allowed = distance * distance + values.length * Math.ulp(values[values.length - 1]);
    double inside = 0;
    double least = 1;
    for (int k = 0; k + 1 < values.length; k++) {
      double first = squares.vectors().get(k, 0);
      inside += first * first;
      if (values[k + 1] > 0) {
        least = Math.min(least, Math.sqrt(inside) + Math.sqrt(allowed / values[k + 1]));
      }
    }
    return least;
  }

  private Matrix h(double x) {
    int n = diagonal.length;
    double[] h = new double[n * (n + 1)];
    for (int k = 0; k < n; k++) {
      h[k * (n + 1) + k] = diagonal[k] - x;
      h[k * (n + 1) + k + 1] = beside[k];
      if (k > 0) {
        h[k * (n + 1) + k - 1] = beside[k - 1];
      }
    }
    return Matrix.of(n, n + 1, h);
  }
}

package dev.collapsar.linalg;

import java.util.Arrays;

/**
 * Eigenvalues and eigenvectors in plain Java: Householder reduction to a tridiagonal matrix, then
 * QL with implicit shifts. Golub and Van Loan, Matrix Computations, 8.3.
 */
final class TridiagonalEigen {
  private static final int MAX_SWEEPS = 60;

  private TridiagonalEigen() {}

  static SymmetricEigen of(Matrix symmetric) {
    Matrix.requireSymmetric(symmetric);
    int n = symmetric.rows();
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        v[i][j] = symmetric.get(i, j);
        v[j][i] = v[i][j];
      }
    }
    double[] d = new double[n];
    double[] e = new double[n];
    tridiagonalise(v, d, e);
    iterate(v, d, e);
    return sorted(v, d);
  }

  /** Householder reduction to diagonal d and subdiagonal e[1..]; v becomes the transformation. */
  private static void tridiagonalise(double[][] v, double[] d, double[] e) {
    int n = d.length;
    for (int i = n - 1; i > 0; i--) {
      double[] row = v[i];
      double scale = 0;
      for (int k = 0; k < i; k++) {
        scale += Math.abs(row[k]);
      }
      if (i == 1 || scale == 0) {
        e[i] = row[i - 1];
        d[i] = 0;
        continue;
      }
      d[i] = reflect(v, e, i, scale);
    }
    accumulate(v, d);
  }

  /** Reflects row i onto its last element before the diagonal; h = |u|^2 / 2 of the reflector u. */
  private static double reflect(double[][] v, double[] e, int i, double scale) {
    double[] row = v[i];
    double h = 0;
    for (int k = 0; k < i; k++) {
      row[k] /= scale;
      h += row[k] * row[k];
    }
    double f = row[i - 1];
    double g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    e[i] = scale * g;
    h -= f * g;
    row[i - 1] = f - g;
    symmetricUpdate(v, row, e, h, i);
    return h;
  }

  /** v -= u w^T + w u^T on the lower triangle before i, for the reflector u in the row. */
  private static void symmetricUpdate(double[][] v, double[] row, double[] e, double h, int i) {
    double sum = 0;
    for (int j = 0; j < i; j++) {
      v[j][i] = row[j] / h;
      double product = 0;
      for (int k = 0; k <= j; k++) {
        product += v[j][k] * row[k];
      }
      for (int k = j + 1; k < i; k++) {
        product += v[k][j] * row[k];
      }
      e[j] = product / h;
      sum += e[j] * row[j];
    }
    double half = sum / (h + h);
    for (int j = 0; j < i; j++) {
      double fj = row[j];
      double gj = e[j] - half * fj;
      e[j] = gj;
      for (int k = 0; k <= j; k++) {
        v[j][k] -= fj * e[k] + gj * row[k];
      }
    }
  }

  /** The product of all reflectors, in the place of v; its diagonal into d. */
  private static void accumulate(double[][] v, double[] d) {
    int n = d.length;
    for (int i = 0; i < n; i++) {
      if (i > 0 && d[i] != 0) {
        for (int j = 0; j < i; j++) {
          double product = 0;
          for (int k = 0; k < i; k++) {
            product += v[i][k] * v[k][j];
          }
          for (int k = 0; k < i; k++) {
            v[k][j] -= product * v[k][i];
          }
        }
      }
      d[i] = v[i][i];
      v[i][i] = 1;
      for (int j = 0; j < i; j++) {
        v[j][i] = 0;
        v[i][j] = 0;
      }
    }
  }

  /** QL iteration with implicit shifts on the tridiagonal matrix; d becomes the eigenvalues. */
  private static void iterate(double[][] v, double[] d, double[] e) {
    int n = d.length;
    if (n == 0) {
      return;
    }
    System.arraycopy(e, 1, e, 0, n - 1);
    e[n - 1] = 0;
    for (int low = 0; low < n; low++) {
      for (int sweep = 0; ; sweep++) {
        int m = low;
        while (m < n - 1 && !negligible(e[m], d[m], d[m + 1])) {
          m++;
        }
        if (m == low) {
          break;
        }
        if (sweep == MAX_SWEEPS) {
          throw new ArithmeticException(
              "the eigenvalues of a %s x %s matrix did not converge".formatted(n, n));
        }
        rotate(v, d, e, low, m);
      }
    }
  }

  private static boolean negligible(double e, double a, double b) {
    double scale = Math.abs(a) + Math.abs(b);
    return scale + Math.abs(e) == scale;
  }

  /** One implicit QL step on the unreduced block low..m. */
  private static void rotate(double[][] v, double[] d, double[] e, int low, int m) {
    double g = (d[low + 1] - d[low]) / (2 * e[low]);
    double r = Math.hypot(g, 1);
    g = d[m] - d[low] + e[low] / (g + Math.copySign(r, g));
    double s = 1;
    double c = 1;
    double p = 0;
    for (int i = m - 1; i >= low; i--) {
      double f = s * e[i];
      double b = c * e[i];
      r = Math.hypot(f, g);
      e[i + 1] = r;
      if (r == 0) {
        d[i + 1] -= p;
        e[m] = 0;
        return;
      }
      s = f / r;
      c = g / r;
      g = d[i + 1] - p;
      r = (d[i] - g) * s + 2 * c * b;
      p = s * r;
      d[i + 1] = g + p;
      g = c * r - b;
      for (double[] row : v) {
        double z = row[i + 1];
        row[i + 1] = s * row[i] + c * z;
        row[i] = c * row[i] - s * z;
      }
    }
    d[low] -= p;
    e[low] = g;
    e[m] = 0;
  }

  private static SymmetricEigen sorted(double[][] v, double[] d) {
    int n = d.length;
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(d[a], d[b]));
    double[] values = new double[n];
    double[] vectors = new double[n * n];
    for (int i = 0; i < n; i++) {
      values[i] = d[order[i]];
      for (int k = 0; k < n; k++) {
        vectors[i * n + k] = v[k][order[i]];
      }
    }
    return new SymmetricEigen(values, Matrix.of(n, n, vectors));
  }
}

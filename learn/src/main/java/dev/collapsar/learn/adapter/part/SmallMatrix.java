package dev.collapsar.learn.adapter.part;

/** Square matrices (n,n) of a few dozen rows, row-major: the blocks of rotations. */
final class SmallMatrix {
  private SmallMatrix() {}

  static double[] times(double[] a, double[] b, int n) {
    double[] product = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        for (int j = 0; j < n; j++) {
          product[i * n + j] += a[i * n + k] * b[k * n + j];
        }
      }
    }
    return product;
  }

  /** The Cayley transform (I - Q)(I + Q)^-1 of a skew-symmetric Q: a rotation. */
  static double[] cayley(double[] q, int n) {
    // X (I + Q) = I - Q, so (I + Q)^T X^T = (I - Q)^T, and Q^T = -Q: (I - Q) X^T = I + Q.
    double[] left = new double[n * n];
    double[] right = new double[n * n];
    for (int i = 0; i < n * n; i++) {
      double one = i % (n + 1) == 0 ? 1 : 0;
      left[i] = one - q[i];
      right[i] = one + q[i];
    }
    solve(left, right, n);
    return Product.transposed(right, n, n);
  }

  /**
   * The series I + 2Q + 2Q^2 + ... + Q^(terms-1), the last power once: PEFT's approximation of the
   * Cayley transform ({@code _cayley_batch} in tuners/oft/layer.py since 0.18).
   */
  static double[] neumann(double[] q, int n, int terms) {
    double[] sum = new double[n * n];
    for (int i = 0; i < n; i++) {
      sum[i * n + i] = 1;
    }
    if (terms > 1) {
      add(sum, q, 2);
    }
    if (terms > 2) {
      double[] power = times(q, q, n);
      add(sum, power, 2);
      for (int term = 3; term < terms - 1; term++) {
        power = times(power, q, n);
        add(sum, power, 2);
      }
      add(sum, times(power, q, n), 1);
    }
    return sum;
  }

  private static void add(double[] sum, double[] term, double factor) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * term[i];
    }
  }

  /** Makes of B the solution X of A X = B by elimination with row pivots; A is used up. */
  private static void solve(double[] a, double[] b, int n) {
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int row = column + 1; row < n; row++) {
        pivot = Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column]) ? row : pivot;
      }
      swap(a, pivot, column, n);
      swap(b, pivot, column, n);
      for (int row = 0; row < n; row++) {
        if (row != column) {
          double factor = a[row * n + column] / a[column * n + column];
          for (int j = 0; j < n; j++) {
            a[row * n + j] -= factor * a[column * n + j];
            b[row * n + j] -= factor * b[column * n + j];
          }
        }
      }
    }
    for (int i = 0; i < n * n; i++) {
      b[i] /= a[i / n * n + i / n];
    }
  }

  private static void swap(double[] matrix, int one, int other, int n) {
    for (int j = 0; j < n && one != other; j++) {
      double kept = matrix[one * n + j];
      matrix[one * n + j] = matrix[other * n + j];
      matrix[other * n + j] = kept;
    }
  }
}

package dev.collapsar.calibration;

/** tr(A^-1 B) by Gaussian elimination with partial pivoting. Golub and Van Loan, 3.4. */
final class LinearSystem {
  private LinearSystem() {}

  /**
   * @param a (n,n), destroyed
   * @param b (n,n), destroyed
   */
  static double traceOfQuotient(int n, double[] a, double[] b) {
    for (int c = 0; c < n; c++) {
      int pivot = c;
      for (int i = c + 1; i < n; i++) {
        pivot = Math.abs(a[i * n + c]) > Math.abs(a[pivot * n + c]) ? i : pivot;
      }
      swap(a, n, c, pivot);
      swap(b, n, c, pivot);
      for (int i = c + 1; i < n; i++) {
        double factor = -a[i * n + c] / a[c * n + c];
        if (factor != 0) {
          addMultiple(a, n, i, c, factor, c);
          addMultiple(b, n, i, c, factor, 0);
        }
      }
    }
    double trace = 0;
    for (int c = n - 1; c >= 0; c--) {
      for (int i = c + 1; i < n; i++) {
        addMultiple(b, n, c, i, -a[c * n + i], 0);
      }
      for (int j = 0; j < n; j++) {
        b[c * n + j] /= a[c * n + c];
      }
      trace += b[c * n + c];
    }
    return trace;
  }

  private static void swap(double[] m, int n, int i, int j) {
    for (int c = 0; i != j && c < n; c++) {
      double kept = m[i * n + c];
      m[i * n + c] = m[j * n + c];
      m[j * n + c] = kept;
    }
  }

  private static void addMultiple(double[] m, int n, int to, int row, double factor, int from) {
    for (int c = from; c < n; c++) {
      m[to * n + c] += factor * m[row * n + c];
    }
  }
}

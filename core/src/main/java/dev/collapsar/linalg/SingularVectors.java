package dev.collapsar.linalg;

/**
 * The singular value decomposition of a matrix A (m,n), without the directions that it sends to
 * zero: A = left^T diag(values) right.
 *
 * <p>It goes through the smaller Gram matrix, so singular values below about 1e-8 times the largest
 * are lost in rounding. Signs are chosen so that the largest entry of each left vector is positive.
 *
 * @param values descending, all positive; (R)
 * @param left (R,m), row j the left singular vector of {@code values[j]}, of length 1
 * @param right (R,n), the right ones likewise
 */
public record SingularVectors(double[] values, Matrix left, Matrix right) {

  /** Of values in double precision: squares at most max(m,n) * 2^-52 of the largest are zero. */
  public static SingularVectors of(Matrix a, Blas blas) {
    return of(a, Math.sqrt(Math.max(a.rows(), a.columns()) * Math.ulp(1.0)), blas);
  }

  /**
   * @param tolerance singular values at most this times the largest count as zero
   * @throws IllegalArgumentException if a value is not finite
   */
  public static SingularVectors of(Matrix a, double tolerance, Blas blas) {
    boolean wide = a.rows() <= a.columns();
    SymmetricEigen eigen = blas.eigen(wide ? blas.timesTransposed(a, a) : blas.columnGram(a));
    int size = eigen.values().length;
    double largest = size == 0 ? 0 : eigen.values()[size - 1];
    double least = tolerance * tolerance * largest;
    int rank = 0;
    while (rank < size && eigen.values()[size - 1 - rank] > least) {
      rank++;
    }
    int[] descending = new int[rank];
    double[] values = new double[rank];
    for (int j = 0; j < rank; j++) {
      descending[j] = size - 1 - j;
      values[j] = Math.sqrt(eigen.values()[descending[j]]);
    }
    Matrix found = eigen.vectors().rows(descending); // (R,min(m,n))
    Matrix other =
        scaled(wide ? blas.times(found, a) : blas.timesTransposed(found, a), values); // (R,max)
    Matrix left = wide ? found : other;
    Matrix right = wide ? other : found;
    double[] signs = signs(left);
    return new SingularVectors(values, scaled(left, signs), scaled(right, signs));
  }

  /** R: how many directions A does not send to zero. */
  public int rank() {
    return values.length;
  }

  /** Each row divided by its divisor. */
  private static Matrix scaled(Matrix rows, double[] divisors) {
    double[] values = rows.array().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] /= divisors[i / rows.columns()];
    }
    return Matrix.of(rows.rows(), rows.columns(), values);
  }

  private static double[] signs(Matrix rows) {
    double[] signs = new double[rows.rows()];
    for (int j = 0; j < signs.length; j++) {
      double largest = 0;
      for (double value : rows.row(j)) {
        largest = Math.abs(value) > Math.abs(largest) ? value : largest;
      }
      signs[j] = Math.signum(largest);
    }
    return signs;
  }
}

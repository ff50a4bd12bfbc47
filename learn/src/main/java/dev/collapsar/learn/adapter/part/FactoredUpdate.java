package dev.collapsar.learn.adapter.part;

import dev.collapsar.linalg.Matrix;

/**
 * The update that an adapter adds to a weight, as a product that is never formed: U = left right. A
 * convolution's kernel counts with its inputs.
 *
 * @param left (m,r), the scale in it
 * @param right (r,n)
 */
public record FactoredUpdate(Matrix left, Matrix right) {
  public FactoredUpdate {
    if (left.columns() != right.rows()) {
      throw new IllegalArgumentException("factors do not conform: " + left + ", " + right);
    }
  }

  /** Kept small enough to be worth it: beyond, the factors take more than the update itself. */
  static boolean isSmall(long rows, long columns, long rank) {
    return rank <= 2 * Math.min(rows, columns) && rank * Math.max(rows, columns) <= 1L << 27;
  }

  /** No update, of rank one for all that. */
  static FactoredUpdate zero(long rows, long columns) {
    int m = Lengths.index(rows);
    int n = Lengths.index(columns);
    return new FactoredUpdate(Matrix.of(m, 1, new double[m]), Matrix.of(1, n, new double[n]));
  }

  /** The same with a factor in {@code left}. */
  FactoredUpdate times(double factor) {
    double[] values = left.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return new FactoredUpdate(Matrix.of(left.rows(), left.columns(), values), right);
  }

  /** The Kronecker product with another: kron of the left factors, and of the right ones. */
  FactoredUpdate kronecker(FactoredUpdate other) {
    return new FactoredUpdate(kronecker(left, other.left), kronecker(right, other.right));
  }

  private static Matrix kronecker(Matrix a, Matrix b) {
    int width = Math.multiplyExact(a.columns(), b.columns());
    double[] values = new double[Math.multiplyExact(Math.multiplyExact(a.rows(), b.rows()), width)];
    for (int i = 0; i < a.rows() * b.rows(); i++) {
      for (int j = 0; j < width; j++) {
        values[i * width + j] =
            a.get(i / b.rows(), j / b.columns()) * b.get(i % b.rows(), j % b.columns());
      }
    }
    return Matrix.of(a.rows() * b.rows(), b.columns() * a.columns(), values);
  }

  /**
   * The product with another, element by element: row i of the result's left factor has all
   * products of the two left rows, column j of its right factor those of the two right columns.
   */
  FactoredUpdate hadamard(FactoredUpdate other) {
    int r = left.columns();
    int q = other.left.columns();
    double[] tall = new double[Math.multiplyExact(left.rows(), r * q)];
    for (int i = 0; i < left.rows(); i++) {
      for (int k = 0; k < r * q; k++) {
        tall[i * r * q + k] = left.get(i, k / q) * other.left.get(i, k % q);
      }
    }
    int width = right.columns();
    double[] wide = new double[Math.multiplyExact(r * q, width)];
    for (int k = 0; k < r * q; k++) {
      for (int j = 0; j < width; j++) {
        wide[k * width + j] = right.get(k / q, j) * other.right.get(k % q, j);
      }
    }
    return new FactoredUpdate(Matrix.of(left.rows(), r * q, tall), Matrix.of(r * q, width, wide));
  }
}

package dev.collapsar.linalg;

/** X A A^T for rows X and a matrix A (m,n) that lies where the products are computed. */
final class GramProduct implements AutoCloseable {
  private final Blas blas;
  private final int rows;
  private final int columns;
  private final DoubleBlock matrix;

  GramProduct(Matrix a, Blas blas) {
    this.blas = blas;
    rows = a.rows();
    columns = a.columns();
    matrix = blas.doubles(a.length());
    matrix.put(a);
  }

  /** X A A^T for X (b,m); (b,m). */
  Matrix of(Matrix x) {
    double[] values = new double[x.length()];
    try (DoubleBlock given = blas.doubles(x.length());
        DoubleBlock across = blas.doubles(x.rows() * columns);
        DoubleBlock result = blas.doubles(x.length())) {
      given.put(x);
      blas.times(given, matrix, across, x.rows(), columns, rows);
      blas.product(across, 0, matrix, 0, result, x.rows(), rows, columns);
      result.buffer().get(0, values);
    }
    return Matrix.of(x.rows(), rows, values);
  }

  @Override
  public void close() {
    matrix.close();
  }
}

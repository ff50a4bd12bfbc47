package dev.collapsar.linalg;

/** The definitions, written out. */
final class ReferenceBlas implements Blas {
  static final ReferenceBlas INSTANCE = new ReferenceBlas();

  private ReferenceBlas() {}

  @Override
  public String name() {
    return "plain Java";
  }

  @Override
  public Matrix timesTransposed(Matrix a, Matrix b) {
    require(a.columns() == b.columns(), a, b);
    int depth = a.columns();
    double[] product = new double[Math.multiplyExact(a.rows(), b.rows())];
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < b.rows(); j++) {
        double sum = 0;
        for (int k = 0; k < depth; k++) {
          sum += a.array()[i * depth + k] * b.array()[j * depth + k];
        }
        product[i * b.rows() + j] = sum;
      }
    }
    return Matrix.of(a.rows(), b.rows(), product);
  }

  @Override
  public Matrix times(Matrix a, Matrix b) {
    require(a.columns() == b.rows(), a, b);
    int width = b.columns();
    double[] product = new double[Math.multiplyExact(a.rows(), width)];
    for (int i = 0; i < a.rows(); i++) {
      for (int k = 0; k < a.columns(); k++) {
        double factor = a.array()[i * a.columns() + k];
        for (int j = 0; j < width; j++) {
          product[i * width + j] += factor * b.array()[k * width + j];
        }
      }
    }
    return Matrix.of(a.rows(), width, product);
  }

  @Override
  public Matrix columnGram(Matrix a) {
    int n = a.columns();
    double[] gram = new double[Math.multiplyExact(n, n)];
    for (int r = 0; r < a.rows(); r++) {
      for (int i = 0; i < n; i++) {
        double factor = a.array()[r * n + i];
        for (int j = 0; j <= i; j++) {
          gram[i * n + j] += factor * a.array()[r * n + j];
        }
      }
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        gram[j * n + i] = gram[i * n + j];
      }
    }
    return Matrix.of(n, n, gram);
  }

  @Override
  public SymmetricEigen eigen(Matrix symmetric) {
    return SymmetricEigen.of(symmetric);
  }

  private static void require(boolean conform, Matrix a, Matrix b) {
    if (!conform) {
      throw new IllegalArgumentException("shapes do not conform: " + a + ", " + b);
    }
  }
}

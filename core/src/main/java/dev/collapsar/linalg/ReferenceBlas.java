package dev.collapsar.linalg;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The definitions, written out. */
final class ReferenceBlas implements Blas {
  static final ReferenceBlas INSTANCE = new ReferenceBlas();

  private ReferenceBlas() {}

  @Override
  public String name() {
    return "plain Java";
  }

  @Override
  public FloatBlock floats(int length) {
    return FloatBlock.onHeap(length);
  }

  @Override
  public DoubleBlock doubles(int length) {
    return DoubleBlock.onHeap(length);
  }

  @Override
  public void product(
      FloatBlock a, int aRow, FloatBlock b, int bRow, FloatBlock c, int m, int n, int k) {
    FloatBuffer product = c.buffer();
    float[] left = a.buffer().array();
    float[] right = b.buffer().array();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        product.put(i * n + j, dot(left, (aRow + i) * k, right, (bRow + j) * k, k));
      }
    }
  }

  @Override
  public void product(
      DoubleBlock a, int aRow, DoubleBlock b, int bRow, DoubleBlock c, int m, int n, int k) {
    DoubleBuffer product = c.buffer();
    double[] left = a.buffer().array();
    double[] right = b.buffer().array();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        product.put(i * n + j, dot(left, (aRow + i) * k, right, (bRow + j) * k, k));
      }
    }
  }

  @Override
  public void times(DoubleBlock a, DoubleBlock b, DoubleBlock c, int m, int n, int k) {
    times(a.buffer().array(), b.buffer().array(), c.buffer().array(), m, n, k);
  }

  private static void times(double[] a, double[] b, double[] c, int m, int n, int k) {
    Arrays.fill(c, 0, m * n, 0);
    for (int i = 0; i < m; i++) {
      for (int l = 0; l < k; l++) {
        double factor = a[i * k + l];
        for (int j = 0; j < n; j++) {
          c[i * n + j] += factor * b[l * n + j];
        }
      }
    }
  }

  /** Four sums at once, which the processor adds side by side. */
  private static float dot(float[] a, int aAt, float[] b, int bAt, int length) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int j = 0;
    for (; j + 3 < length; j += 4) {
      s0 += a[aAt + j] * b[bAt + j];
      s1 += a[aAt + j + 1] * b[bAt + j + 1];
      s2 += a[aAt + j + 2] * b[bAt + j + 2];
      s3 += a[aAt + j + 3] * b[bAt + j + 3];
    }
    for (; j < length; j++) {
      s0 += a[aAt + j] * b[bAt + j];
    }
    return s0 + s1 + (s2 + s3);
  }

  private static double dot(double[] a, int aAt, double[] b, int bAt, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int j = 0;
    for (; j + 3 < length; j += 4) {
      s0 += a[aAt + j] * b[bAt + j];
      s1 += a[aAt + j + 1] * b[bAt + j + 1];
      s2 += a[aAt + j + 2] * b[bAt + j + 2];
      s3 += a[aAt + j + 3] * b[bAt + j + 3];
    }
    for (; j < length; j++) {
      s0 += a[aAt + j] * b[bAt + j];
    }
    return s0 + s1 + (s2 + s3);
  }

  @Override
  public void addGram(DoubleBlock a, DoubleBlock c, int m, int n) {
    double[] rows = a.buffer().array();
    double[] gram = c.buffer().array();
    for (int r = 0; r < m; r++) {
      for (int i = 0; i < n; i++) {
        double factor = rows[r * n + i];
        for (int j = 0; j <= i; j++) {
          gram[i * n + j] += factor * rows[r * n + j];
        }
      }
    }
  }

  @Override
  public Matrix timesTransposed(Matrix a, Matrix b) {
    Matrix.requireConform(a.columns() == b.columns(), a, b);
    int depth = a.columns();
    double[] product = new double[Math.multiplyExact(a.rows(), b.rows())];
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < b.rows(); j++) {
        product[i * b.rows() + j] = dot(a.array(), i * depth, b.array(), j * depth, depth);
      }
    }
    return Matrix.of(a.rows(), b.rows(), product);
  }

  @Override
  public Matrix times(Matrix a, Matrix b) {
    Matrix.requireConform(a.columns() == b.rows(), a, b);
    double[] product = new double[Math.multiplyExact(a.rows(), b.columns())];
    times(a.array(), b.array(), product, a.rows(), b.columns(), a.columns());
    return Matrix.of(a.rows(), b.columns(), product);
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
    return Matrix.symmetric(n, gram);
  }

  @Override
  public SymmetricEigen eigen(Matrix symmetric) {
    return TridiagonalEigen.of(symmetric);
  }

  @Override
  public double[] eigenvalues(Matrix symmetric) {
    return eigen(symmetric).values();
  }

  @Override
  public Optional<Matrix> whitened(Matrix rows, Matrix positive) {
    Matrix.requireSymmetric(positive);
    Matrix.requireConform(rows.columns() == positive.rows(), rows, positive);
    int n = positive.rows();
    double[] factor = positive.array().clone();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        factor[i * n + j] =
            (factor[i * n + j] - dot(factor, i * n, factor, j * n, j)) / factor[j * n + j];
      }
      factor[i * n + i] =
          Math.sqrt(factor[i * n + i] - dot(factor, i * n, factor, i * n, i)); // NaN: not positive
    }
    double[] solved = rows.array().clone();
    for (int r = 0; r < rows.rows(); r++) {
      for (int j = 0; j < n; j++) {
        solved[r * n + j] =
            (solved[r * n + j] - dot(solved, r * n, factor, j * n, j)) / factor[j * n + j];
      }
    }
    return isRegular(factor, n) ? Optional.of(Matrix.of(rows.rows(), n, solved)) : Optional.empty();
  }

  /** Whether R (n,n) has a diagonal that is clearly above zero. */
  static boolean isRegular(double[] factor, int n) {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int i = 0; i < n; i++) {
      least = Math.min(least, factor[i * n + i]);
      most = Math.max(most, factor[i * n + i]);
    }
    return least > 1e-4 * most;
  }

  @Override
  public void close() {}
}

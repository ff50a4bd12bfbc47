package dev.collapsar.linalg;

import java.util.Optional;

/**
 * Dense products and decompositions: the one seam to a fast library. Matrices in blocks are
 * row-major and dense. Products may run in several threads at once on blocks that they do not
 * share, or only read.
 */
public interface Blas extends AutoCloseable {
  /**
   * Below this many floating point operations the plain implementation is done before a native
   * library is loaded: about 0.1 s against 0.3 s.
   */
  double WORTH_LOADING = 5e8;

  /**
   * A product {@link #times} of at most so many multiplications OpenBLAS takes without copying its
   * factors first, on processors with AVX-512: worth keeping to where there are few columns.
   */
  int UNPACKED = 1_000_000;

  /** Plain Java: no native library, and the oracle for the fast one. */
  static Blas reference() {
    return ReferenceBlas.INSTANCE;
  }

  /**
   * OpenBLAS. While one is open OpenBLAS's own threads are off, since the callers' threads share
   * the work; {@code threads} of them serve a decomposition or product of whole matrices.
   */
  static Blas open(int threads) {
    return new OpenBlas(threads);
  }

  /** The one place where the choice is made: by the floating point operations ahead. */
  static Blas forWork(double operations, int threads) {
    return operations < WORTH_LOADING ? reference() : open(threads);
  }

  /** What it is, for the record of a run. */
  String name();

  FloatBlock floats(int length);

  DoubleBlock doubles(int length);

  /** C (m,n) = A (m,k) B^T for B (n,k), from row {@code aRow} of A and {@code bRow} of B on. */
  void product(FloatBlock a, int aRow, FloatBlock b, int bRow, FloatBlock c, int m, int n, int k);

  /** C (m,n) = A (m,k) B^T for B (n,k), from row {@code aRow} of A and {@code bRow} of B on. */
  void product(
      DoubleBlock a, int aRow, DoubleBlock b, int bRow, DoubleBlock c, int m, int n, int k);

  /** C (m,n) = A (m,k) B for B (k,n). */
  void times(DoubleBlock a, DoubleBlock b, DoubleBlock c, int m, int n, int k);

  /** The lower triangle of C (n,n) += A^T A for A (m,n). */
  void addGram(DoubleBlock a, DoubleBlock c, int m, int n);

  /** A B^T for A (m,k) and B (n,k); (m,n). */
  Matrix timesTransposed(Matrix a, Matrix b);

  /** A B for A (m,k) and B (k,n); (m,n). */
  Matrix times(Matrix a, Matrix b);

  /** A^T A for A (m,n); (n,n). */
  Matrix columnGram(Matrix a);

  /**
   * Eigenvalues and eigenvectors of a symmetric matrix, of which the lower triangle is read.
   *
   * @throws IllegalArgumentException if it is not square or holds a value that is not finite
   * @throws ArithmeticException if the iteration does not converge
   */
  SymmetricEigen eigen(Matrix symmetric);

  /** The eigenvalues alone, ascending. */
  double[] eigenvalues(Matrix symmetric);

  /**
   * B R^-T for B (q,n) and A = R R^T (n,n), R lower triangular, so that it times its own transpose
   * is B A^-1 B^T: Cholesky's decomposition, some thirty times quicker than eigenvectors. Empty
   * where A is not clearly positive definite, by a square on R's diagonal at most 1e-8 of the
   * largest.
   *
   * @param positive A, of which the lower triangle is read
   */
  Optional<Matrix> whitened(Matrix rows, Matrix positive);

  @Override
  void close();
}

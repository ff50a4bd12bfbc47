package dev.collapsar.linalg;

/** Dense products and decompositions: the one seam to a fast library. */
public interface Blas {
  /** Plain Java: no native library, and the oracle for the fast one. */
  static Blas reference() {
    return ReferenceBlas.INSTANCE;
  }

  /** What it is, for the record of a run. */
  String name();

  /** A B^T for A (m,k) and B (n,k); (m,n). */
  Matrix timesTransposed(Matrix a, Matrix b);

  /** A B for A (m,k) and B (k,n); (m,n). */
  Matrix times(Matrix a, Matrix b);

  /** A^T A for A (m,n); (n,n). */
  Matrix columnGram(Matrix a);

  /** Eigenvalues and eigenvectors of a symmetric matrix. */
  SymmetricEigen eigen(Matrix symmetric);
}

package dev.collapsar.metric;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;

/**
 * How far A B^T is from the Gram matrix of a simplex: || A B^T / ||A B^T||_F - P / sqrt(K-1) ||_F
 * with P = I - 11^T/K, for A and B (K,D); in [0, 2]. Kothapalli 2023.
 */
final class StructureError {
  private StructureError() {}

  /**
   * Splits G = A B^T = a P + R with a = tr(G P) / (K-1), so that R is orthogonal to P and the
   * squared error is 2 - 2 cos with cos = 1 / sqrt(1 + t), t = ||R||^2 / (a^2 (K-1)): written so
   * that a small error keeps its digits. Zero norm of G gives NaN.
   */
  static double of(Matrix a, Matrix b, Blas blas) {
    Matrix gram = blas.timesTransposed(a, b); // (K,K)
    int classes = a.rows();
    double trace = 0;
    double all = 0;
    for (int i = 0; i < classes; i++) {
      trace += gram.get(i, i);
      for (int j = 0; j < classes; j++) {
        all += gram.get(i, j);
      }
    }
    double scale = (trace - all / classes) / (classes - 1);
    double rest = 0;
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        double r = gram.get(i, j) - scale * ((i == j ? 1 : 0) - 1.0 / classes);
        rest += r * r;
      }
    }
    return fromParts(scale, rest, classes);
  }

  static double fromParts(double scale, double rest, int classes) {
    double aligned = scale * scale * (classes - 1);
    if (scale <= 0) {
      return Math.sqrt(2 + 2 * Math.sqrt(aligned / (aligned + rest)));
    }
    double t = rest / aligned;
    double root = Math.sqrt(1 + t);
    return Math.sqrt(2 * t / (root * (1 + root)));
  }
}

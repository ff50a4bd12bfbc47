package dev.collapsar.metric;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SymmetricEigen;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The range of S_B = Mc^T Mc / K, from the eigenvalues l of Mc Mc^T (K,K) or Mc^T Mc (D,D),
 * whichever is smaller; S_B's are l / K.
 *
 * @param directions Q (R,D) with Q^T Q = S_B^+, so that tr(S_W S_B^+) = tr(Q S_W Q^T)
 * @param coefficients C (R,K) with Q = C Mc, where they came from Mc Mc^T
 * @param rank R: eigenvalues above the tolerance, at most K-1 since centred means are dependent
 * @param tolerance relative to the largest eigenvalue
 */
record BetweenBasis(Matrix directions, Optional<Matrix> coefficients, int rank, double tolerance) {
  static BetweenBasis of(ClassGeometry geometry, OptionalDouble rankTolerance, Blas blas) {
    Matrix centred = geometry.centred();
    int classes = centred.rows();
    int width = centred.columns();
    boolean bySamples = classes <= width;
    SymmetricEigen eigen =
        blas.eigen(bySamples ? blas.timesTransposed(centred, centred) : blas.columnGram(centred));
    double tolerance = tolerance(rankTolerance, classes, width);
    int rank = Math.min(rank(eigen.values(), tolerance), classes - 1);
    int size = eigen.values().length;
    double[] scaled = new double[rank * size]; // (R,size)
    for (int r = 0; r < rank; r++) {
      int column = size - 1 - r;
      double l = eigen.values()[column];
      double scale = bySamples ? Math.sqrt(classes) / l : Math.sqrt(classes / l);
      for (int i = 0; i < size; i++) {
        scaled[r * size + i] = scale * eigen.vectors().get(column, i);
      }
    }
    Matrix q = Matrix.of(rank, size, scaled);
    return bySamples
        ? new BetweenBasis(blas.times(q, centred), Optional.of(q), rank, tolerance)
        : new BetweenBasis(q, Optional.empty(), rank, tolerance);
  }

  /** B (R,D) with B^T B = S_B: each row of Q over its squared length. */
  Matrix factor() {
    int width = directions.columns();
    double[] rows = directions.toArray();
    for (int r = 0; r < rank; r++) {
      double square = 0;
      for (int j = r * width; j < (r + 1) * width; j++) {
        square += rows[j] * rows[j];
      }
      for (int j = r * width; j < (r + 1) * width; j++) {
        rows[j] /= square;
      }
    }
    return Matrix.of(rank, width, rows);
  }

  /** As numpy and PyTorch take it for a pseudo-inverse, unless given. */
  static double tolerance(OptionalDouble given, int classes, int width) {
    return given.orElse(Math.max(classes, width) * Math.ulp(1.0));
  }

  /** How many of these ascending eigenvalues are above the tolerance. */
  static int rank(double[] values, double tolerance) {
    double largest = values.length == 0 ? 0 : values[values.length - 1];
    int rank = 0;
    for (double value : values) {
      if (value > 0 && value > tolerance * largest) {
        rank++;
      }
    }
    return rank;
  }

  /** Why S_B has not the K-1 eigenpairs that its truncated inverse keeps, unless it has. */
  Optional<String> truncated(ClassGeometry geometry) {
    int kept = geometry.classes() - 1;
    if (kept >= geometry.width()) {
      return Optional.of(
          "keeps K-1 = %s eigenpairs, which must be fewer than D = %s"
              .formatted(kept, geometry.width()));
    }
    return rank < kept
        ? Optional.of("keeps K-1 = %s eigenpairs; %s".formatted(kept, note()))
        : Optional.empty();
  }

  String note() {
    return String.format(Locale.ROOT, "rank %s of S_B at relative tolerance %.2g", rank, tolerance);
  }
}

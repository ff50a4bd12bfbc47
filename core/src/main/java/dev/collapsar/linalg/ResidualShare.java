package dev.collapsar.linalg;

import java.util.Arrays;

/**
 * How much of B^T B, for B (q,D), is left beside W (D,D), symmetric and not negative: tr(I - B (W +
 * B^T B)^+ B^T) / q, in [0, 1]. Taken without a difference, so that a value near 0 keeps its
 * digits.
 *
 * <p>With W = U^T diag(w) U, M = B U^T falls into M1 = M w^-1/2 on the kept w and M0 on the rest.
 * In directions that W does not reach B is seen perfectly; of what remains, Z spanning the left
 * null space of M0, the share is tr((I + Z^T M1 M1^T Z)^-1) / q.
 */
public final class ResidualShare {
  /** Singular values of M0, relative to the largest of M, below which a direction is W's alone. */
  private static final double UNREACHED = 1e-12;

  private ResidualShare() {}

  /**
   * @param factor B (q,D), of rank q
   * @param within W (D,D)
   * @param tolerance eigenvalues of W at most this times the largest are zero
   */
  public static double of(Matrix factor, Matrix within, double tolerance, Blas blas) {
    int width = factor.columns();
    int rank = factor.rows();
    SymmetricEigen eigen = blas.eigen(within);
    double least = Math.max(0, tolerance * eigen.values()[width - 1]);
    int dropped = 0;
    while (dropped < width && eigen.values()[dropped] <= least) {
      dropped++;
    }
    Matrix seen = blas.timesTransposed(factor, eigen.vectors()); // M (q,D)
    double[] reached = new double[rank * (width - dropped)];
    double[] unreached = new double[rank * dropped];
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j < width; j++) {
        if (j < dropped) {
          unreached[i * dropped + j] = seen.get(i, j);
        } else {
          reached[i * (width - dropped) + j - dropped] =
              seen.get(i, j) / Math.sqrt(eigen.values()[j]);
        }
      }
    }
    Matrix free = leftNull(Matrix.of(rank, dropped, unreached), seen, blas); // Z^T (z,q)
    if (free.rows() == 0) {
      return 0; // the residual sees every direction
    }
    Matrix visible = blas.times(free, Matrix.of(rank, width - dropped, reached)); // (z,..)
    return ofSquares(blas.eigenvalues(blas.timesTransposed(visible, visible)), rank);
  }

  /**
   * The same to some ten digits, far quicker where W is clearly positive definite: with W = R R^T,
   * tr((I + F F^T)^-1) / q for F = B R^-T. Elsewhere as {@link #of}.
   */
  public static double quickly(Matrix factor, Matrix within, double tolerance, Blas blas) {
    return blas.whitened(factor, within)
        .map(seen -> ofSquares(blas.eigenvalues(blas.timesTransposed(seen, seen)), factor.rows()))
        .orElseGet(() -> of(factor, within, tolerance, blas));
  }

  private static double ofSquares(double[] squares, int rank) {
    double sum = 0;
    for (double square : squares) {
      sum += 1 / (1 + Math.max(0, square));
    }
    return sum / rank;
  }

  /** An orthonormal basis, as rows, of what M0 sends to zero from the left. */
  private static Matrix leftNull(Matrix unreached, Matrix all, Blas blas) {
    int rank = all.rows();
    if (unreached.columns() == 0) {
      return identity(rank);
    }
    double[] squares = blas.eigenvalues(blas.timesTransposed(all, all));
    double least = UNREACHED * UNREACHED * squares[rank - 1];
    SymmetricEigen eigen = blas.eigen(blas.timesTransposed(unreached, unreached));
    int free = 0;
    // Squares of singular values are known to rounding of the largest square alone.
    double floor = Math.max(least, rank * Math.ulp(squares[rank - 1]));
    while (free < rank && eigen.values()[free] <= floor) {
      free++;
    }
    int[] kept = new int[free];
    Arrays.setAll(kept, i -> i);
    return eigen.vectors().rows(kept);
  }

  private static Matrix identity(int size) {
    double[] values = new double[size * size];
    for (int i = 0; i < size; i++) {
      values[i * size + i] = 1;
    }
    return Matrix.of(size, size, values);
  }
}

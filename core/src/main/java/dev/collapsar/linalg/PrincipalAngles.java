package dev.collapsar.linalg;

import java.util.Arrays;

/**
 * The angles between two subspaces, ascending, in radians. Bjorck and Golub 1973: cosines are the
 * singular values of A B^T, sines those of what A leaves of B; each is exact where the other is
 * not.
 */
public final class PrincipalAngles {
  private static final int MOST_SWEEPS = 60;

  private PrincipalAngles() {}

  /**
   * By sines below pi/4 and by cosines above, to 1e-15 absolutely.
   *
   * @param a (r,D), orthonormal rows
   * @param b (q,D), orthonormal rows
   * @return the min(r, q) angles
   */
  public static double[] between(Matrix a, Matrix b) {
    if (a.rows() > b.rows()) {
      return between(b, a);
    }
    Blas blas = Blas.reference();
    Matrix products = blas.timesTransposed(a, b); // (r,q)
    double[] rest = a.array().clone(); // A - (A B^T) B
    double[] inside = blas.times(products, b).array();
    for (int i = 0; i < rest.length; i++) {
      rest[i] -= inside[i];
    }
    double[] sines = singularValues(Matrix.of(a.rows(), a.columns(), rest));
    double[] angles = ofProducts(products);
    for (int i = 0; i < angles.length; i++) {
      if (angles[i] < Math.PI / 4) {
        angles[i] = Math.asin(Math.min(1, sines[i]));
      }
    }
    return angles;
  }

  /**
   * By cosines alone: angles below 1e-8 are lost.
   *
   * @param products A B^T (r,q)
   * @return the min(r, q) angles
   */
  public static double[] ofProducts(Matrix products) {
    Blas blas = Blas.reference();
    double[] squares =
        blas.eigenvalues(
            products.rows() <= products.columns()
                ? blas.timesTransposed(products, products)
                : blas.columnGram(products));
    double[] angles = new double[squares.length];
    for (int i = 0; i < angles.length; i++) {
      double square = Math.max(0, Math.min(1, squares[angles.length - 1 - i]));
      angles[i] = Math.acos(Math.sqrt(square));
    }
    return angles;
  }

  /**
   * Ascending, small ones as exact as large ones: rows rotated until orthogonal (Hestenes 1958).
   */
  private static double[] singularValues(Matrix rows) {
    double[][] r = new double[rows.rows()][];
    Arrays.setAll(r, rows::row);
    boolean rotated = true;
    for (int sweep = 0; rotated && sweep < MOST_SWEEPS; sweep++) {
      rotated = false;
      for (int i = 0; i < r.length; i++) {
        for (int j = i + 1; j < r.length; j++) {
          rotated |= orthogonalise(r[i], r[j]);
        }
      }
    }
    return Arrays.stream(r).mapToDouble(row -> Math.sqrt(dot(row, row))).sorted().toArray();
  }

  /** Whether they had to be rotated. */
  private static boolean orthogonalise(double[] u, double[] v) {
    double a = dot(u, u);
    double b = dot(v, v);
    double c = dot(u, v);
    if (c == 0 || Math.abs(c) <= Math.ulp(1.0) * Math.sqrt(a * b)) {
      return false;
    }
    double half = (b - a) / (2 * c);
    double tangent = Math.copySign(1, half) / (Math.abs(half) + Math.hypot(1, half));
    double cosine = 1 / Math.hypot(1, tangent);
    double sine = cosine * tangent;
    for (int d = 0; d < u.length; d++) {
      double kept = u[d];
      u[d] = cosine * kept - sine * v[d];
      v[d] = sine * kept + cosine * v[d];
    }
    return true;
  }

  private static double dot(double[] u, double[] v) {
    double sum = 0;
    for (int d = 0; d < u.length; d++) {
      sum += u[d] * v[d];
    }
    return sum;
  }
}

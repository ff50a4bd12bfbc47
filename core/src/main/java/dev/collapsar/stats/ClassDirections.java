package dev.collapsar.stats;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.PrincipalAngles;
import dev.collapsar.linalg.SingularVectors;
import java.util.Arrays;
import java.util.Optional;

/**
 * The vectors that directions are held against, such as the centred class means Mc (K,D), with an
 * orthonormal basis of their span.
 */
public final class ClassDirections {
  /**
   * How r orthonormal directions v_j lie to K vectors m_k (centred class means), numbers that do
   * not depend on the directions' signs.
   *
   * @param cosAbs mean over j and k of |v_j . m_k| / ||m_k||, in [0, 1]
   * @param projection sum over k of ||V m_k||^2 / sum of ||m_k||^2: the share of the vectors that
   *     lies in the span of the directions, in [0, 1]
   * @param angleMax the largest of the min(r, rank) principal angles between the two spans, in
   *     radians, [0, pi/2]
   */
  public record Overlap(double cosAbs, double projection, double angleMax) {}

  private final Matrix basis; // Q (q,D)
  private final Matrix coordinates; // T (K,q): the vectors are T Q
  private final double[] norms; // (K)
  private final double[] energies; // (q)

  private ClassDirections(Matrix vectors) {
    SingularVectors found = SingularVectors.of(vectors, Blas.reference());
    basis = found.right();
    coordinates = Blas.reference().timesTransposed(vectors, basis);
    norms = PairwiseSums.rowNorms(vectors);
    energies = Arrays.stream(found.values()).map(s -> s * s).toArray();
  }

  /**
   * The rows of this matrix (K,D) less their mean; empty if a row is the mean itself, which has no
   * direction.
   */
  public static Optional<ClassDirections> centred(Matrix means) {
    Matrix vectors = means.centred();
    for (double norm : PairwiseSums.rowNorms(vectors)) {
      if (norm == 0) {
        return Optional.empty();
      }
    }
    return Optional.of(new ClassDirections(vectors));
  }

  /** The centred unit vectors e_k - 1/K (K,K): the classes as outputs see them. */
  public static ClassDirections outputs(int classes) {
    double[] unit = new double[classes * classes];
    for (int k = 0; k < classes; k++) {
      unit[k * classes + k] = 1;
    }
    return new ClassDirections(Matrix.of(classes, classes, unit).centred());
  }

  /** D. */
  public int width() {
    return basis.columns();
  }

  /** q, the dimensions of the span: at most K-1. */
  public int rank() {
    return basis.rows();
  }

  /**
   * The squares of the vectors' singular values, (q), descending: the eigenvalues of K S_B that are
   * not 0 where the vectors are centred class means. The basis of the span is in this order.
   */
  public double[] energies() {
    return energies.clone();
  }

  /**
   * How these directions lie to the vectors.
   *
   * @param directions V (r,D), orthonormal rows
   */
  public Overlap overlap(Matrix directions) {
    return overlap(coordinates(directions), principalAngles(directions));
  }

  /** V Q^T (r,q) of directions V (r,D), in the orthonormal basis Q of the span. */
  public Matrix coordinates(Matrix directions) {
    return Blas.reference().timesTransposed(directions, basis);
  }

  /** The min(r, q) principal angles between the spans, ascending, in radians. */
  public double[] principalAngles(Matrix directions) {
    return PrincipalAngles.between(directions, basis);
  }

  /**
   * Angles below 1e-8 are lost: they are not in the coordinates.
   *
   * @param seen V Q^T (r,q)
   */
  public Overlap ofCoordinates(Matrix seen) {
    return overlap(seen, PrincipalAngles.ofProducts(seen));
  }

  private Overlap overlap(Matrix seen, double[] angles) {
    Matrix products = Blas.reference().timesTransposed(seen, coordinates); // (r,K)
    double cosines = 0;
    double inside = 0;
    double all = 0;
    for (int k = 0; k < norms.length; k++) {
      all += norms[k] * norms[k];
      for (int j = 0; j < products.rows(); j++) {
        double product = products.get(j, k);
        cosines += Math.abs(product) / norms[k];
        inside += product * product;
      }
    }
    return new Overlap(
        cosines / (norms.length * products.rows()), inside / all, angles[angles.length - 1]);
  }
}

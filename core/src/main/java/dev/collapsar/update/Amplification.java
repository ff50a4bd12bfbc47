package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;

/**
 * By how much an update D strengthens what the base W does in the update's own directions: ||D||_F
 * / ||U W V^T||_F, U and V the update's first r left and right singular vectors as rows. Hu et al.
 * 2021, section 7.3.
 *
 * @param factor infinite if W does nothing there
 * @param chance the same for uniformly drawn directions: ||D|| sqrt(mn) / (r ||W||), from the mean
 *     of the square below
 * @param strongest the same in W's own first r directions: the least that any directions give
 */
public record Amplification(double factor, double chance, double strongest) {
  /**
   * @param base W (m,n), not zero
   * @param update D, of one direction or more
   * @param r how many directions, at most as many as the update has
   */
  public static Amplification of(Matrix base, SingularVectors update, int r, Blas blas) {
    if (r < 1 || r > update.rank()) {
      throw new InvalidInputException(
          "directions must be 1 to %s, got %s".formatted(update.rank(), r));
    }
    int[] first = new int[r];
    double length = 0;
    for (int j = 0; j < update.rank(); j++) {
      length += update.values()[j] * update.values()[j];
    }
    for (int j = 0; j < r; j++) {
      first[j] = j;
    }
    length = Math.sqrt(length);
    Matrix inside =
        blas.timesTransposed(
            blas.times(update.left().rows(first), base), update.right().rows(first)); // (r,r)
    double[] own = SingularVectors.of(base, blas).values();
    double most = 0;
    for (int j = 0; j < Math.min(r, own.length); j++) {
      most += own[j] * own[j];
    }
    double chance = Math.sqrt((double) base.rows() * base.columns()) / (r * base.norm());
    return new Amplification(length / inside.norm(), length * chance, length / Math.sqrt(most));
  }
}

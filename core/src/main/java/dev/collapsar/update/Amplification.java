package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.List;

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
  /** {@code amplification}, over all directions of the update. */
  public static final MetricInfo INFO =
      MetricInfo.of(
              "amplification",
              "Amplification",
              Group.ALIGNMENT,
              "How much longer the update is than what the base does in the update's own"
                  + " directions: above chance it strengthens what the base does little of.")
          .on(Axis.LOG)
          .defined("||D||_F / ||U W V^T||_F", "[0, inf)")
          .undefinedWhere("the update is zero; the base does nothing in its directions")
          .from("Hu et al. 2021, 7.3");

  /** Of weights that the base has not: {@code amplification} with its reason. */
  public static List<Measurement> undefined(String reason) {
    return List.of(Measurement.undefined(INFO, reason));
  }

  /**
   * {@code amplification}, {@code _null_closed_form} of uniformly drawn directions, and {@code
   * _strongest} of the base's own strongest ones.
   */
  public List<Measurement> measurements() {
    return List.of(
        Double.isFinite(factor)
            ? Measurement.of(INFO, factor)
            : Measurement.undefined(INFO, "the base does nothing in the update's directions"),
        Measurement.of(
            INFO.beside(
                "_null_closed_form",
                "chance by a formula",
                "Of uniformly drawn directions.",
                Column.CLOSED_FORM),
            chance),
        Measurement.of(
            INFO.renamed(
                INFO.id() + "_strongest", INFO.title() + ": the base's strongest directions"),
            strongest));
  }

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

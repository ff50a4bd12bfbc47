package dev.collapsar.metric;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.MetricInfo.Group;

/** The NC x LoRA notebook's number as its code computes it, kept for comparison. */
public final class NotebookAlignment {
  /** {@code align_notebook_literal}, in [-1, 1]. */
  public static final MetricInfo INFO =
      MetricInfo.of(
              "align_notebook_literal",
              "The notebook's number",
              Group.ALIGNMENT,
              "What the NC x LoRA notebook computes; it compares outputs with features and means"
                  + " nothing.")
          .defined("mean over j and features c of cos(u_j, M[:,c]), M uncentred", "[-1, 1]")
          .from("the NC x LoRA notebook");

  /** {@code align_notebook_projection}, in [0, 1]. */
  public static final MetricInfo PROJECTION =
      MetricInfo.of(
              "align_notebook_projection",
              "The notebook's projection",
              Group.ALIGNMENT,
              "What the NC x LoRA notebook calls proj_score; of outputs, and 1 for every update of"
                  + " rank K.")
          .defined("||U^T M||_F^2 / ||M||_F^2, M uncentred, U left singular vectors", "[0, 1]")
          .from("the NC x LoRA notebook")
          .undefinedWhere("all class means are zero");

  private NotebookAlignment() {}

  /**
   * The notebook's {@code proj_score}, sum_j ||u_j^T M||^2 / ||M||_F^2: the share of the uncentred
   * class means, as columns of K outputs, inside the span of the left singular vectors. It is 1
   * where these span all outputs, whatever was learnt.
   *
   * @param left U (r,K), orthonormal rows
   * @param means M (K,D)
   */
  public static Measurement projection(Matrix left, Matrix means) {
    double inside = 0;
    for (int j = 0; j < left.rows(); j++) {
      for (int c = 0; c < means.columns(); c++) {
        double product = 0;
        for (int k = 0; k < means.rows(); k++) {
          product += left.get(j, k) * means.get(k, c);
        }
        inside += product * product;
      }
    }
    double all = means.dot(means);
    return all > 0
        ? Measurement.of(PROJECTION, inside / all)
        : Measurement.undefined(PROJECTION, "all class means are zero");
  }

  /**
   * The mean over the D features c and the r left singular vectors u_j of cos(u_j, M[:,c]), for
   * uncentred class means M. It compares directions among outputs with features, its sign is that
   * of an arbitrary choice, and no statement about class means follows from it. Features whose
   * column is zero count 0, as in the library that it calls.
   *
   * @param left U (r,K), orthonormal rows
   * @param means M (K,D)
   */
  public static Measurement of(Matrix left, Matrix means) {
    double sum = 0;
    for (int c = 0; c < means.columns(); c++) {
      double square = 0;
      for (int k = 0; k < means.rows(); k++) {
        square += means.get(k, c) * means.get(k, c);
      }
      for (int j = 0; j < left.rows() && square > 0; j++) {
        double product = 0;
        for (int k = 0; k < means.rows(); k++) {
          product += left.get(j, k) * means.get(k, c);
        }
        sum += product / Math.sqrt(square);
      }
    }
    return Measurement.of(INFO, sum / (means.columns() * left.rows()));
  }
}

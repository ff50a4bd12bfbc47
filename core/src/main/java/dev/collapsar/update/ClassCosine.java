package dev.collapsar.update;

import dev.collapsar.InvalidInputException;
import dev.collapsar.calibration.ChanceLevel;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Group;
import java.util.List;

/**
 * Whether an update of a classifier moves each class towards its own mean: cos(D_W, Mc) = sum_k d_k
 * . mc_k / (||D_W||_F ||Mc||_F). Its rows are classes, so it sees which class goes where, which no
 * overlap of subspaces does.
 */
public final class ClassCosine {
  /** {@code align_class_cos}, in [-1, 1]. */
  public static final MetricInfo INFO =
      MetricInfo.of(
              "align_class_cos",
              "Update towards its classes",
              Group.ALIGNMENT,
              "Signed cosine of the classifier's update with the centred class means, class by"
                  + " class.")
          .rising("")
          .defined("sum_k d_k . mc_k / (||D_W||_F ||Mc||_F)", "[-1, 1]")
          .undefinedWhere("the update is zero; all class means coincide");

  private final Matrix update; // D_W (K,D)
  private final Matrix centred; // Mc (K,D)
  private final double length; // ||D_W||_F ||Mc||_F

  /**
   * @param update D_W (K,D), of the classifier alone
   * @param means M (K,D); their own mean is taken off
   * @throws InvalidInputException if they have not the same shape
   */
  public ClassCosine(Matrix update, Matrix means) {
    if (update.rows() != means.rows() || update.columns() != means.columns()) {
      throw new InvalidInputException(
          "the update must be of the classifier, (%s,%s) as the class means, got (%s,%s)"
              .formatted(means.rows(), means.columns(), update.rows(), update.columns()));
    }
    this.update = update;
    centred = means.centred();
    length = update.norm() * centred.norm();
  }

  /** The number. */
  public Measurement measured() {
    return length > 0
        ? Measurement.of(INFO, update.dot(centred) / length)
        : Measurement.undefined(
            INFO, centred.norm() == 0 ? "all class means coincide" : "the update is zero");
  }

  private double value() {
    if (!(length > 0)) {
      throw new IllegalStateException("an update or class means of length zero have no cosine");
    }
    return update.dot(centred) / length;
  }

  /**
   * The number beside what training gives when it sees other labels: updates of the same classifier
   * from the same start, retrained on permuted labels, against the true class means.
   *
   * @param retrained two or more, none zero
   */
  public ChanceLevel against(List<Matrix> retrained) {
    double[] draws =
        retrained.stream().mapToDouble(other -> new ClassCosine(other, centred).value()).toArray();
    return new ChanceLevel(
        value(), new NullSample("permuted labels", draws), ChanceLevel.Spread.RAW);
  }

  /**
   * Its standard deviation, around a mean of 0, when the update is turned by a uniformly drawn
   * rotation of the features: ||D_W^T Mc||_F / (sqrt(D) ||D_W|| ||Mc||), exactly.
   */
  public double rotationStd() {
    Blas blas = Blas.reference();
    double square = // ||D_W^T Mc||^2 by K x K
        blas.timesTransposed(update, update).dot(blas.timesTransposed(centred, centred));
    return Math.sqrt(Math.max(0, square) / update.columns()) / length;
  }

  /**
   * Its standard deviation, around a mean of 0, when the classes of the update's rows are permuted:
   * with d the doubly centred table of d_j . mc_k, sqrt(sum d^2 / (K-1)) / (||D_W|| ||Mc||),
   * exactly (Hoeffding 1951). Of two classes only the sign changes.
   */
  public double relabellingStd() {
    int classes = update.rows();
    double[] table = Blas.reference().timesTransposed(centred, update).toArray(); // (K,K)
    double sum = 0;
    for (int j = 0; j < classes; j++) { // rows of the update; the means add up to 0 already
      double mean = 0;
      for (int k = 0; k < classes; k++) {
        mean += table[j * classes + k] / classes;
      }
      for (int k = 0; k < classes; k++) {
        sum += (table[j * classes + k] - mean) * (table[j * classes + k] - mean);
      }
    }
    return Math.sqrt(sum / (classes - 1)) / length;
  }
}

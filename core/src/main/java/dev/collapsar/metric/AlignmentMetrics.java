package dev.collapsar.metric;

import dev.collapsar.calibration.Calibration;
import dev.collapsar.calibration.NullSample;
import dev.collapsar.linalg.Matrix;
import java.util.ArrayList;
import java.util.List;

/** Numbers about the directions of a weight update, as files name them. */
public final class AlignmentMetrics {
  private AlignmentMetrics() {}

  /** What stands beside an observed number: {@code <id>_null_mean}, {@code _null_std}, ... */
  public static List<Measurement> calibrated(
      String id, double observed, NullSample chance, Calibration.Tail tail) {
    Calibration calibration = new Calibration(observed, chance, tail);
    List<Measurement> columns = new ArrayList<>();
    String note = "%d draws of %s".formatted(chance.count(), chance.kind());
    columns.add(Measurement.of(id + "_null_mean", chance.mean(), note));
    columns.add(Measurement.of(id + "_null_std", chance.sampleDeviation(), note));
    columns.add(
        calibration.hasSpread()
            ? Measurement.of(id + "_z", calibration.z())
            : Measurement.undefined(id + "_z", "all draws of the null are equal"));
    columns.add(Measurement.of(id + "_p", calibration.p(), note));
    return List.copyOf(columns);
  }

  /** All of an id's columns where the number itself is undefined. */
  public static List<Measurement> undefined(String id, String reason) {
    return List.of(
        Measurement.undefined(id + "_null_mean", reason),
        Measurement.undefined(id + "_null_std", reason),
        Measurement.undefined(id + "_z", reason),
        Measurement.undefined(id + "_p", reason));
  }

  /**
   * The NC x LoRA notebook's number as its code computes it: the mean over the D features c and the
   * r left singular vectors u_j of cos(u_j, M[:,c]), for uncentred class means M. It compares
   * directions among outputs with features, its sign is that of an arbitrary choice, and no
   * statement about class means follows from it. Features whose column is zero count 0, as in the
   * library that it calls.
   *
   * @param left U (r,K), orthonormal rows
   * @param means M (K,D)
   */
  public static double notebookLiteral(Matrix left, Matrix means) {
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
    return sum / (means.columns() * left.rows());
  }
}

package dev.collapsar.metric;

import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.CollapseOptions.GlobalMean;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.PairwiseSums;
import java.util.Arrays;
import java.util.Optional;

/** The measured classes' means and spreads. K below counts the measured classes only. */
public final class ClassGeometry {
  private final int[] classes;
  private final ClassMoments moments;
  private final Matrix means; // (K,D)
  private final Matrix centred; // (K,D)
  private final double[] norms; // (K)
  private final double longest; // of the means, not centred

  /**
   * @param classes the measured ones, each with samples
   */
  public ClassGeometry(ClassMoments moments, int[] classes, GlobalMean globalMean) {
    this.moments = moments;
    this.classes = classes.clone();
    means = moments.means().rows(classes);
    centred = centred(globalMean);
    norms = PairwiseSums.rowNorms(centred);
    longest = Arrays.stream(PairwiseSums.rowNorms(means)).max().orElse(0);
  }

  private Matrix centred(GlobalMean kind) {
    int width = means.columns();
    double[] centre = new double[width];
    double total = 0;
    for (int i = 0; i < classes.length; i++) {
      double weight = kind == GlobalMean.CLASSES ? 1 : moments.count(classes[i]);
      total += weight;
      for (int j = 0; j < width; j++) {
        centre[j] += weight * means.at(i * width + j);
      }
    }
    double[] shifted = means.toArray();
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] -= centre[i % width] / total;
    }
    return Matrix.of(classes.length, width, shifted);
  }

  /**
   * How far rounding may move the direction of a centred mean: 4 x 2^-52 max ||mu|| / ||mc_k||; 1
   * or more where the mean is the global mean up to rounding.
   */
  double directionError(int i) {
    return 4 * Math.ulp(1.0) * longest / norms[i];
  }

  /**
   * Which class mean is, up to rounding, the global mean and has no direction of its own, if any
   * is.
   */
  public Optional<String> withoutDirection() {
    for (int i = 0; i < norms.length; i++) {
      if (norms[i] == 0 || directionError(i) >= 1) {
        return Optional.of("the mean of class %s is the global mean".formatted(classes[i]));
      }
    }
    return Optional.empty();
  }

  /** K. */
  public int classes() {
    return classes.length;
  }

  /** D. */
  public int width() {
    return means.columns();
  }

  /** The class's own number, for messages. */
  public int label(int i) {
    return classes[i];
  }

  /** M (K,D), not centred. */
  public Matrix means() {
    return means;
  }

  /** Mc (K,D). */
  public Matrix centred() {
    return centred;
  }

  /** ||mc_k|| (K). */
  public double[] norms() {
    return norms;
  }

  /** n_k. */
  public long count(int i) {
    return moments.count(classes[i]);
  }

  long samples() {
    long samples = 0;
    for (int k : classes) {
      samples += moments.count(k);
    }
    return samples;
  }

  /** The mean squared distance of the class's samples from its mean. */
  public double variance(int i) {
    return moments.squaredDeviations(classes[i]) / moments.count(classes[i]);
  }

  /** tr S_W. */
  double withinTrace() {
    double sum = 0;
    for (int k : classes) {
      sum += moments.squaredDeviations(k);
    }
    return sum / samples();
  }

  /** tr S_B. */
  double betweenTrace() {
    double sum = 0;
    for (double norm : norms) {
      sum += norm * norm;
    }
    return sum / classes.length;
  }
}

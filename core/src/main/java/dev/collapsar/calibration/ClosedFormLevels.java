package dev.collapsar.calibration;

import java.util.Arrays;

/**
 * The means under permuted labels, known without a draw. Exact in the mean or near it; the spread
 * is not among them.
 */
public final class ClosedFormLevels {
  private ClosedFormLevels() {}

  /**
   * Of {@code nc1_quot}: E tr S_W / E tr S_B, (1 - (K-1)/(N-1)) / (N/(N-1) (1-1/K)/K sum 1/n_k), a
   * property of the class sizes alone, whatever the features; (N-1)/(K-1) - 1 for classes of one
   * size.
   *
   * @param counts n_k, all positive, two or more
   */
  public static double quot(long[] counts) {
    double samples = Arrays.stream(counts).sum();
    double classes = counts.length;
    double inverse = Arrays.stream(counts).mapToDouble(n -> 1.0 / n).sum();
    double between = samples / (samples - 1) * (1 - 1 / classes) / classes * inverse;
    return (1 - (classes - 1) / (samples - 1)) / between;
  }

  /** Of {@code nc1_vci}, for classes of one size: 1 - D/(N-1), 0 where {@code N <= D + 1}. */
  public static double vci(long samples, int width) {
    return Math.max(0, 1 - width / (samples - 1.0));
  }

  /**
   * Of {@code nc2_etf_err}, for classes of one size: sqrt(2 - 2/sqrt(1+t)), t = (K+1)(K-2) / ((K-1)
   * De); up to 9% high for De below 25.
   *
   * @param dimensions De = (tr T)^2 / (tr T^2 - sum ||x||^4 / N^2), of which the features have many
   *     if they spread evenly
   */
  public static double etfError(int classes, double dimensions) {
    double t = (classes + 1.0) * (classes - 2.0) / ((classes - 1.0) * dimensions);
    return Math.sqrt(2 - 2 / Math.sqrt(1 + t));
  }

  /** Of {@code nc3_frobenius}. */
  public static double frobenius() {
    return 2;
  }

  /** Of {@code nc3_dual_err}. */
  public static double dualError() {
    return Math.sqrt(2);
  }

  /** Of {@code nc3_cos_mean}. */
  public static double cosine() {
    return 0;
  }

  /**
   * Of {@code nc4_agree}: how often decisions that have nothing to do with each other agree, sum
   * a_k b_k / N^2. Its spread under permuted labels is about 1/K on collapsed features, where a
   * class moves as one.
   *
   * @param classifier a_k, how many samples the classifier gives to class k
   * @param nearest b_k, how many have its mean nearest
   */
  public static double agreement(long[] classifier, long[] nearest) {
    double samples = Arrays.stream(classifier).sum();
    double sum = 0;
    for (int k = 0; k < classifier.length; k++) {
      sum += classifier[k] / samples * nearest[k];
    }
    return sum / samples;
  }
}

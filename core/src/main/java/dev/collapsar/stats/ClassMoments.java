package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.Optional;

/**
 * Counts, means and spread of the features of each class: all that the first pass over the features
 * keeps. Immutable.
 */
public final class ClassMoments {
  private final long[] counts;
  private final Matrix means;
  private final double[] squaredDeviations;
  private final Matrix scatter;
  private String fingerprint;

  ClassMoments(long[] counts, Matrix means, double[] squaredDeviations, Matrix scatter) {
    this.counts = counts;
    this.means = means;
    this.squaredDeviations = squaredDeviations;
    this.scatter = scatter;
  }

  /** K. */
  public int classes() {
    return counts.length;
  }

  /** D. */
  public int width() {
    return means.columns();
  }

  /** n_k, the samples of class k. */
  public long count(int k) {
    return counts[k];
  }

  /** N, the samples of all classes. */
  public long samples() {
    return Arrays.stream(counts).sum();
  }

  /** M (K,D): row k is the mean of class k, NaN throughout if the class has no samples. */
  public Matrix means() {
    return means;
  }

  /**
   * The sum over the samples of class k of ||x - mu_k||^2: n_k times the trace of its covariance
   * with divisor n_k. 0 if the class has no samples.
   */
  public double squaredDeviations(int k) {
    return squaredDeviations[k];
  }

  /**
   * The pooled within-class scatter, the sum over all samples of (x - mu_y)(x - mu_y)^T (D,D),
   * where it was collected.
   */
  public Optional<Matrix> scatter() {
    return Optional.ofNullable(scatter);
  }

  /** The moments in the bytes that {@link MomentsFormat} lays out. */
  public byte[] toBytes() {
    return MomentsFormat.write(this);
  }

  /**
   * Reads what {@link #toBytes()} wrote, in this or an earlier version.
   *
   * @throws InvalidInputException if the bytes are anything else, damaged or cut short
   */
  public static ClassMoments fromBytes(byte[] bytes) {
    return MomentsFormat.read(bytes);
  }

  /** Tells moments apart: SHA-256 of their bytes, in hexadecimal. */
  public synchronized String fingerprint() {
    if (fingerprint == null) {
      fingerprint = MomentsFormat.fingerprint(this);
    }
    return fingerprint;
  }
}

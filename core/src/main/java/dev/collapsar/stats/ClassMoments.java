package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.List;
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

  /** Classes {@code from} to before {@code to} alone, numbered from 0; no scatter. */
  public ClassMoments slab(int from, int to) {
    return new ClassMoments(
        Arrays.copyOfRange(counts, from, to),
        Matrix.of(
            to - from, width(), Arrays.copyOfRange(means.array(), from * width(), to * width())),
        Arrays.copyOfRange(squaredDeviations, from, to),
        null);
  }

  /** The classes of these moments one after another, all of one width; no scatter. */
  public static ClassMoments ofSlabs(List<ClassMoments> slabs) {
    int classes = slabs.stream().mapToInt(ClassMoments::classes).sum();
    int width = slabs.get(0).width();
    long[] counts = new long[classes];
    double[] means = new double[Math.multiplyExact(classes, width)];
    double[] squaredDeviations = new double[classes];
    int at = 0;
    for (ClassMoments slab : slabs) {
      if (slab.width() != width) {
        throw new IllegalArgumentException(
            "moments of width %s after some of width %s".formatted(slab.width(), width));
      }
      System.arraycopy(slab.counts, 0, counts, at, slab.classes());
      System.arraycopy(slab.means.array(), 0, means, at * width, slab.classes() * width);
      System.arraycopy(slab.squaredDeviations, 0, squaredDeviations, at, slab.classes());
      at += slab.classes();
    }
    return new ClassMoments(counts, Matrix.of(classes, width, means), squaredDeviations, null);
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

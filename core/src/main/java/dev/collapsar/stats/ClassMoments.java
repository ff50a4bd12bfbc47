package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

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

  /**
   * Moments that were computed elsewhere.
   *
   * @param counts n_k (K), not negative
   * @param means M (K,D); the row of a class without samples is not read
   * @param squaredDeviations for each class n_k times the trace of its covariance with divisor n_k
   * @param scatter the sum over all samples of (x - mu_y)(x - mu_y)^T (D,D): N times the pooled
   *     within-class covariance with divisor N; empty if it is not known
   * @throws InvalidInputException if a shape does not fit, or a number is negative or not finite
   *     where that cannot be
   */
  public static ClassMoments of(
      long[] counts, Matrix means, double[] squaredDeviations, Optional<Matrix> scatter) {
    requireShapes(counts, means, squaredDeviations, scatter);
    double[] kept = means.toArray();
    for (int k = 0; k < counts.length; k++) {
      require(counts[k] >= 0, "class %s: a count is not negative, got %s", k, counts[k]);
      double spread = squaredDeviations[k];
      require(
          spread >= 0 && Double.isFinite(spread) && (counts[k] > 0 || spread == 0),
          "class %s: squared deviations of %s samples cannot be %s",
          k,
          counts[k],
          spread);
      for (int j = k * means.columns(); j < (k + 1) * means.columns(); j++) {
        kept[j] = counts[k] == 0 ? Double.NaN : kept[j];
        require(
            counts[k] == 0 || Double.isFinite(kept[j]), "class %s: its mean holds %s", k, kept[j]);
      }
    }
    scatter.ifPresent(
        matrix ->
            require(
                matrix.stream().allMatch(Double::isFinite),
                "the scatter holds values that are not finite"));
    return new ClassMoments(
        counts.clone(),
        Matrix.of(means.rows(), means.columns(), kept),
        squaredDeviations.clone(),
        scatter.orElse(null));
  }

  /**
   * Moments from each class's covariance, computed elsewhere with divisor n_k.
   *
   * @param covariances K matrices (D,D); that of a class without samples is not read
   */
  public static ClassMoments ofCovariances(long[] counts, Matrix means, List<Matrix> covariances) {
    int width = means.columns();
    require(
        covariances.size() == counts.length,
        "there are %s covariances of %s classes",
        covariances.size(),
        counts.length);
    double[] scatter = new double[Math.multiplyExact(width, width)];
    double[] deviations = new double[counts.length];
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] > 0) {
        Matrix covariance = covariances.get(k);
        require(
            covariance.rows() == width && covariance.columns() == width,
            "class %s: a covariance of %s x %s does not fit means of width %s",
            k,
            covariance.rows(),
            covariance.columns(),
            width);
        for (int i = 0; i < scatter.length; i++) {
          scatter[i] += counts[k] * covariance.at(i);
          deviations[k] += i % (width + 1) == 0 ? counts[k] * covariance.at(i) : 0;
        }
      }
    }
    return of(counts, means, deviations, Optional.of(Matrix.of(width, width, scatter)));
  }

  private static void requireShapes(
      long[] counts, Matrix means, double[] squaredDeviations, Optional<Matrix> scatter) {
    require(
        counts.length > 0
            && means.rows() == counts.length
            && squaredDeviations.length == counts.length,
        "there are %s counts, %s means and %s squared deviations",
        counts.length,
        means.rows(),
        squaredDeviations.length);
    int width = means.columns();
    scatter.ifPresent(
        matrix ->
            require(
                matrix.rows() == width && matrix.columns() == width,
                "a scatter of %s x %s does not fit means of width %s",
                matrix.rows(),
                matrix.columns(),
                width));
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new InvalidInputException(message.formatted(values));
    }
  }

  /**
   * The moments of the other samples, where these hold the part's: with n, mu, m_g and n_g of a
   * class, mu' = mu - n_g (m_g - mu)/(n - n_g), and the scatter loses the part's own and n_g n/(n -
   * n_g) (m_g - mu)(m_g - mu)^T. The scatter is known where both are.
   */
  public ClassMoments without(ClassMoments part, Blas blas) {
    int width = width();
    long[] left = counts.clone();
    double[] at = means.toArray();
    double[] deviations = squaredDeviations.clone();
    double[] apart = new double[at.length]; // sqrt(n_g n/(n - n_g)) (m_g - mu)
    for (int k = 0; k < counts.length; k++) {
      long gone = part.counts[k];
      left[k] -= gone;
      require(left[k] >= 0, "class %s: %s samples cannot leave %s", k, gone, counts[k]);
      deviations[k] = left[k] == 0 ? 0 : deviations[k] - part.squaredDeviations[k];
      for (int j = k * width; gone > 0 && j < (k + 1) * width; j++) {
        double d = part.means.at(j) - at[j];
        at[j] = left[k] == 0 ? Double.NaN : at[j] - d * gone / left[k];
        apart[j] = left[k] == 0 ? 0 : Math.sqrt((double) gone * counts[k] / left[k]) * d;
        deviations[k] -= apart[j] * apart[j];
      }
      deviations[k] = Math.max(0, deviations[k]);
    }
    Matrix rest = null;
    if (scatter != null && part.scatter != null) {
      double[] moved = blas.columnGram(Matrix.of(counts.length, width, apart)).toArray();
      double[] values = scatter.toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] -= part.scatter.at(i) + moved[i];
      }
      rest = Matrix.of(width, width, values);
    }
    return new ClassMoments(left, Matrix.of(counts.length, width, at), deviations, rest);
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

  /** The same with their pooled within-class scatter (D,D). */
  public ClassMoments withScatter(Matrix within) {
    return new ClassMoments(counts, means, squaredDeviations, within);
  }

  /** Classes {@code from} to before {@code to} alone, numbered from 0; no scatter. */
  public ClassMoments classRange(int from, int to) {
    return new ClassMoments(
        Arrays.copyOfRange(counts, from, to),
        means.rows(IntStream.range(from, to).toArray()),
        Arrays.copyOfRange(squaredDeviations, from, to),
        null);
  }

  /** The classes of these moments one after another, all of one width; no scatter. */
  public static ClassMoments concatenated(List<ClassMoments> parts) {
    int classes = parts.stream().mapToInt(ClassMoments::classes).sum();
    int width = parts.get(0).width();
    long[] counts = new long[classes];
    double[] means = new double[Math.multiplyExact(classes, width)];
    double[] squaredDeviations = new double[classes];
    int at = 0;
    for (ClassMoments part : parts) {
      if (part.width() != width) {
        throw new IllegalArgumentException(
            "moments of width %s after some of width %s".formatted(part.width(), width));
      }
      System.arraycopy(part.counts, 0, counts, at, part.classes());
      part.means.copy(0, means, at * width, part.classes() * width);
      System.arraycopy(part.squaredDeviations, 0, squaredDeviations, at, part.classes());
      at += part.classes();
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

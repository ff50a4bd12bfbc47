package dev.collapsar.linalg;

import java.util.Arrays;
import java.util.Optional;

/**
 * Singular values s of a matrix as shares p = s / sum s.
 *
 * @param values not negative, descending, not all zero
 */
public record Spectrum(double[] values) {
  public Spectrum {
    values = values.clone();
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] >= 0) || i > 0 && values[i] > values[i - 1]) {
        throw new IllegalArgumentException(
            "singular values descend and are not negative, got %s at %s".formatted(values[i], i));
      }
    }
    if (values.length == 0 || values[0] == 0) {
      throw new IllegalArgumentException("no singular value is above zero");
    }
  }

  /**
   * The singular values of features (N,D), not centred, from their class means, counts and scatter;
   * empty if all features are zero. Squares at most max(N,D) 2^-52 times the largest, and more than
   * min(N,D) of them, are rounding and count as zero: so genuine values below about 3e-7 of the
   * largest are lost at D = 512.
   *
   * @param means (K,D)
   * @param scatter the sum over the samples of (x - mu_y)(x - mu_y)^T (D,D)
   */
  public static Optional<Spectrum> ofFeatures(
      Matrix means, long[] counts, Matrix scatter, Blas blas) {
    int width = means.columns();
    double[] scaled = means.array().clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= Math.sqrt(counts[i / width]);
    }
    double[] moment = blas.columnGram(Matrix.of(means.rows(), width, scaled)).array().clone();
    for (int i = 0; i < moment.length; i++) {
      moment[i] += scatter.array()[i]; // (D,D)
    }
    double[] squares = blas.eigenvalues(Matrix.of(width, width, moment));
    double[] singular = new double[width];
    long samples = Arrays.stream(counts).sum();
    double least = Math.max(samples, width) * Math.ulp(1.0) * squares[width - 1];
    for (int i = 0; i < Math.min(samples, width) && squares[width - 1 - i] > least; i++) {
      singular[i] = Math.sqrt(squares[width - 1 - i]);
    }
    return singular[0] == 0 ? Optional.empty() : Optional.of(new Spectrum(singular));
  }

  /** A copy. */
  @Override
  public double[] values() {
    return values.clone();
  }

  /**
   * 1 + how many partial sums of p are below the threshold, p over the {@code most} largest values
   * (nc-lora); in 1..{@code most}.
   */
  public int effectiveRank(double threshold, int most) {
    int kept = Math.min(values.length, most);
    double sum = Arrays.stream(values, 0, kept).sum();
    int rank = 1;
    double partial = 0;
    for (int i = 0; i < kept - 1; i++) {
      partial += values[i] / sum;
      if (partial < threshold) {
        rank++;
      }
    }
    return rank;
  }

  /** How many values are not zero. */
  public int rank() {
    return (int) Arrays.stream(values).filter(value -> value > 0).count();
  }

  /** exp(-sum p ln p) over all values, in [1, their number]. Roy and Vetterli 2007. */
  public double entropyRank() {
    double sum = Arrays.stream(values).sum();
    double entropy = 0;
    for (double s : values) {
      entropy -= s == 0 ? 0 : s / sum * Math.log(s / sum);
    }
    return Math.exp(entropy);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Spectrum that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Spectrum" + Arrays.toString(values);
  }
}

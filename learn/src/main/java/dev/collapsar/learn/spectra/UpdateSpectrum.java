package dev.collapsar.learn.spectra;

import java.util.Arrays;

/**
 * The singular values s of an update U, and what they say of its size and shape.
 *
 * @param values descending, those above rounding; empty if the update is zero
 */
public record UpdateSpectrum(double[] values) {
  public UpdateSpectrum {
    values = values.clone();
  }

  @Override
  public double[] values() {
    return values.clone();
  }

  /** How many are above rounding: s &gt; max(m,n) 2^-52 s_1. */
  public int rank() {
    return values.length;
  }

  /** ||U||_F, the root of sum s^2. */
  public double norm() {
    return Math.sqrt(squares());
  }

  private double squares() {
    double sum = 0;
    for (int i = values.length - 1; i >= 0; i--) {
      sum += values[i] * values[i];
    }
    return sum;
  }

  /**
   * ||U||_F^2 / s_1^2, in [1, rank].
   *
   * @throws IllegalStateException if the update is zero
   */
  public double stableRank() {
    requireNotZero();
    return squares() / (values[0] * values[0]);
  }

  /**
   * exp(-sum p ln p) with p = s / sum s, in [1, rank] (Roy and Vetterli 2007).
   *
   * @throws IllegalStateException if the update is zero
   */
  public double entropyRank() {
    return entropyRank(values);
  }

  /**
   * The same with p = s^2 / sum s^2.
   *
   * @throws IllegalStateException if the update is zero
   */
  public double entropyRankOfEnergy() {
    return entropyRank(Arrays.stream(values).map(s -> s * s).toArray());
  }

  private double entropyRank(double[] weights) {
    requireNotZero();
    double sum = Arrays.stream(weights).sum();
    double entropy = 0;
    for (double weight : weights) {
      entropy -= weight == 0 ? 0 : weight / sum * Math.log(weight / sum);
    }
    return Math.exp(entropy);
  }

  /**
   * The least number of values that have this share of sum s^2.
   *
   * @throws IllegalStateException if the update is zero
   */
  public int rankForEnergy(double share) {
    requireNotZero();
    return new RankRule.Energy(share).rank(values, squares());
  }

  private void requireNotZero() {
    if (values.length == 0) {
      throw new IllegalStateException("the update is zero, its spectrum has no shape");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UpdateSpectrum that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "UpdateSpectrum" + Arrays.toString(values);
  }
}

package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;
import dev.collapsar.inference.OverlapChance;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * How far the leading directions of two matrices in a space of n dimensions coincide: phi(i,j) =
 * ||U_i^T V_j||_F^2 / min(i,j), with the first i and j singular vectors (Hu et al. 2021, 7.2). In
 * [0, 1]; by chance max(i,j) / n.
 *
 * @param cosines U^T V (k,l)
 * @param dimensions n
 */
public record Overlap(Matrix cosines, int dimensions) {
  /** phi(i,j) for i of 1..k and j of 1..l; (k,l). */
  public Matrix phi() {
    int k = cosines.rows();
    int l = cosines.columns();
    double[] phi = new double[k * l];
    for (int i = 0; i < k; i++) {
      double row = 0;
      for (int j = 0; j < l; j++) {
        double cosine = cosines.get(i, j);
        row += cosine * cosine;
        phi[i * l + j] = row + (i == 0 ? 0 : phi[(i - 1) * l + j]); // sums first
      }
    }
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < l; j++) {
        phi[i * l + j] /= Math.min(i + 1, j + 1);
      }
    }
    return Matrix.of(k, l, phi);
  }

  /** phi of all directions: the share of the smaller span that lies in the larger. */
  public double whole() {
    return cosines.dot(cosines) / Math.min(cosines.rows(), cosines.columns());
  }

  /** What {@link #whole} is by chance. */
  public double chance() {
    return chance(cosines.rows(), cosines.columns());
  }

  /** What phi(i,j) is by chance: the mean when one side is turned at random. */
  public double chance(int i, int j) {
    return (double) Math.max(i, j) / dimensions;
  }

  /** The standard deviation of {@link #whole} by chance. */
  public double chanceStd() {
    return Math.sqrt(law().variance()) / Math.min(cosines.rows(), cosines.columns());
  }

  /** The chance of at least this {@link #whole}; empty if every rotation gives the same. */
  public OptionalDouble upperP() {
    return law().upperP(whole() * Math.min(cosines.rows(), cosines.columns()));
  }

  /**
   * @throws InvalidInputException if there is but one dimension, where nothing can be turned
   */
  private OverlapChance law() {
    return OverlapChance.of(ones(cosines.rows()), ones(cosines.columns()), dimensions);
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }
}

package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;

/**
 * The distribution by chance of the principal angles between a uniformly drawn r-dimensional
 * subspace of D dimensions and a q-dimensional one; no draws are needed. The edges are those of
 * large D (Wachter 1980): a largest cosine scatters below its edge by a few percent of it.
 *
 * @param r from 1 to D
 * @param q from 1 to D
 * @param width D
 */
public record AngleChance(int r, int q, int width) {
  public AngleChance {
    if (r < 1 || q < 1 || r > width || q > width) {
      throw new InvalidInputException(
          "subspaces need 1 to %s dimensions, got %s and %s".formatted(width, r, q));
    }
  }

  /** sqrt(max(r, q) / D), exact: the root of the mean square of all min(r, q) cosines. */
  public double rootMeanSquareCosine() {
    return Math.sqrt((double) Math.max(r, q) / width);
  }

  /** Cosines lie below (sqrt(r(D-q)) + sqrt(q(D-r))) / D; 1 where the subspaces must meet. */
  public double largestCosine() {
    return r + q > width ? 1 : (root(r, q) + root(q, r)) / width;
  }

  /** Cosines lie above |sqrt(r(D-q)) - sqrt(q(D-r))| / D. */
  public double smallestCosine() {
    return Math.abs(root(r, q) - root(q, r)) / width;
  }

  private double root(int a, int b) {
    return Math.sqrt((double) a * (width - b));
  }
}

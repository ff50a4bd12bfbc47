package dev.collapsar.learn.merge;

import dev.collapsar.random.Seed;
import java.util.OptionalInt;

/**
 * How several adapters become one. Everywhere Delta_i = scale_i * B_i A_i is an adapter's update of
 * a layer and w_i its weight; sums run over the adapters that have the layer. All but {@link
 * Linear} aim at a function of the updates, which no other choice of factors with the same updates
 * changes.
 */
public sealed interface CombinationMode {
  /** The sum of w_i Delta_i, exactly, with rank sum of r_i: the factors side by side. */
  record Cat() implements CombinationMode {}

  /**
   * The matrix of this rank that is nearest to the sum of w_i Delta_i in the Frobenius norm
   * (Eckart-Young); exact if the rank is at least the sum's.
   *
   * @param rank absent for the largest r_i
   */
  record Svd(OptionalInt rank) implements CombinationMode {
    public Svd {
      requireRank(rank);
    }
  }

  /**
   * PEFT's average of the factors: B = sum sqrt|w_i scale_i| B_i and A = sum sign(w_i scale_i)
   * sqrt|w_i scale_i| A_i, of equal ranks. Its update holds the cross terms B_i A_j too, so it is
   * not the sum of w_i Delta_i, and depends on the choice of factors; how far off it is, is
   * reported.
   */
  record Linear() implements CombinationMode {}

  /**
   * TIES (Yadav et al. 2023): of each Delta_i the share {@code density} of largest magnitude; for
   * each element the majority's sign; the mean of w_i Delta_i over those that agree with it. Then
   * the nearest matrix of the given rank.
   *
   * @param density in (0, 1]
   * @param rank absent for the largest r_i
   */
  record Ties(double density, SignElection election, OptionalInt rank) implements CombinationMode {
    public Ties {
      requireDensity(density);
      requireRank(rank);
    }
  }

  /**
   * DARE (Yu et al. 2024): each element of each Delta_i kept with probability {@code density} and
   * divided by it, then the sum of w_i of them, whose expectation is the sum of w_i Delta_i. Then
   * the nearest matrix of the given rank.
   *
   * @param density in (0, 1]
   * @param seed an adapter's draws come from the stream {@code dare/<adapter>/<layer>}
   * @param rank absent for the largest r_i
   */
  record Dare(double density, Seed seed, OptionalInt rank) implements CombinationMode {
    public Dare {
      requireDensity(density);
      requireRank(rank);
    }
  }

  /**
   * The sum of w_i times the share {@code density} of Delta_i of largest magnitude. Then the
   * nearest matrix of the given rank.
   *
   * @param density in (0, 1]
   * @param rank absent for the largest r_i
   */
  record MagnitudePrune(double density, OptionalInt rank) implements CombinationMode {
    public MagnitudePrune {
      requireDensity(density);
      requireRank(rank);
    }
  }

  /** Whose sign an element takes. */
  enum SignElection {
    /** The sign of the sum: large elements weigh more. */
    TOTAL,
    /** The sign of the sum of signs: every adapter has one vote. */
    FREQUENCY
  }

  private static void requireDensity(double density) {
    if (!(density > 0 && density <= 1)) {
      throw new IllegalArgumentException("density must be in (0, 1], got " + density);
    }
  }

  private static void requireRank(OptionalInt rank) {
    if (rank.isPresent() && rank.getAsInt() < 1) {
      throw new IllegalArgumentException("rank must be at least 1, got " + rank.getAsInt());
    }
  }
}

package dev.collapsar.learn.spectra;

import dev.collapsar.InvalidInputException;

/** How many singular values of an update are kept: at least one. */
public sealed interface RankRule {
  /**
   * @param values s, descending, the first above zero; those behind them may be missing
   * @param squares sum of s^2 over all, missing ones too
   * @return the rank; one more than there are values if these do not suffice
   */
  int rank(double[] values, double squares);

  /** At most so many. */
  record Fixed(int most) implements RankRule {
    public Fixed {
      if (most < 1) {
        throw new InvalidInputException("--rank %s: must be at least 1".formatted(most));
      }
    }

    @Override
    public int rank(double[] values, double squares) {
      return Math.min(most, values.length);
    }
  }

  /** All s &gt; share * s_1. */
  record Ratio(double share) implements RankRule {
    public Ratio {
      requireShare("--ratio", share);
    }

    @Override
    public int rank(double[] values, double squares) {
      int kept = 1;
      while (kept < values.length && values[kept] > share * values[0]) {
        kept++;
      }
      return kept;
    }
  }

  /** The fewest with at least this share of the Frobenius norm: its square of the energy. */
  record Norm(double share) implements RankRule {
    public Norm {
      requireShare("--norm", share);
    }

    @Override
    public int rank(double[] values, double squares) {
      return fewest(values, share * share * squares);
    }
  }

  /** The fewest with at least this share of the energy, the squared Frobenius norm. */
  record Energy(double share) implements RankRule {
    public Energy {
      requireShare("--energy", share);
    }

    @Override
    public int rank(double[] values, double squares) {
      return fewest(values, share * squares);
    }
  }

  /** The fewest that leave at most this share of the Frobenius norm behind. */
  record Error(double share) implements RankRule {
    public Error {
      requireShare("--error", share);
    }

    @Override
    public int rank(double[] values, double squares) {
      double left = squares;
      int kept = 0;
      while (kept < values.length && !(left <= share * share * squares)) {
        left -= values[kept] * values[kept];
        kept++;
      }
      boolean enough = left <= share * share * squares;
      return enough ? Math.max(1, kept) : values.length + 1;
    }
  }

  private static int fewest(double[] values, double least) {
    double sum = 0;
    for (int kept = 0; kept < values.length; kept++) {
      sum += values[kept] * values[kept];
      // The total was summed in another order.
      if (sum >= least * (1 - 1e-14)) {
        return kept + 1;
      }
    }
    return values.length + 1;
  }

  private static void requireShare(String option, double share) {
    if (!(share > 0 && share < 1)) {
      throw new InvalidInputException("%s %s: must be in (0, 1)".formatted(option, share));
    }
  }
}

package dev.collapsar.stats;

/** A symmetric function of two rows, of which {@link PairwiseSums} takes mean and variance. */
@FunctionalInterface
public interface PairwiseKernel {
  /** Its values for row {@code pairs.row()} with each of the rows of the strip, into {@code to}. */
  void evaluate(Strip pairs, double[] to);

  /**
   * Row i with rows from..from+count-1. Of u, v with directions u' = u/||u||, v' = v/||v||.
   *
   * @param dots u . v
   * @param squaredDistances ||u - v||^2
   * @param cosines u' . v', NaN if a row is zero
   * @param squaredChords ||u' - v'||^2, likewise
   */
  record Strip(
      int row,
      int from,
      int count,
      double[] dots,
      double[] squaredDistances,
      double[] cosines,
      double[] squaredChords) {}
}

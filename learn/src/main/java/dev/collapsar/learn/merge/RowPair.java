package dev.collapsar.learn.merge;

/** Is told of a row of a weight before and after merging. */
@FunctionalInterface
public interface RowPair {
  /**
   * @param at where both rows begin, {@code width} elements long
   */
  void accept(double[] before, double[] after, int at, int width);
}

package dev.collapsar.learn.adapter.part;

/**
 * W to W', rows at a time, in place. May run in several threads on blocks that they do not share.
 */
@FunctionalInterface
public interface RowUpdate {
  void apply(RowBlock block);

  /** An update of one row. */
  @FunctionalInterface
  interface OneRow {
    /** Of row {@code row}, whose elements are at {@code at} in the array. */
    void apply(long row, double[] values, int at);
  }

  /** Of each row by itself. */
  static RowUpdate byRow(OneRow update) {
    return block -> {
      for (int i = 0; i < block.rows(); i++) {
        update.apply(block.first() + i, block.values(), block.at() + i * block.width());
      }
    };
  }
}

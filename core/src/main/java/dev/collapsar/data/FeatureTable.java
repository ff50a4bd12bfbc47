package dev.collapsar.data;

/**
 * Labelled features that can be read again, and from any row on: an array in memory, a mapped file,
 * the taps of a network over a data set. Ranges may be read from several threads at once, each
 * through its own source.
 */
public interface FeatureTable extends AutoCloseable {
  /** What messages about its rows call it, such as the file's name; empty if it has none. */
  default String name() {
    return "";
  }

  /** N, the number of rows. */
  long rows();

  /** D, the number of features of a row. */
  int width();

  /**
   * The largest absolute value in the first rows; 0 where it is not looked at, since single
   * precision holds nothing whose square is beyond double precision.
   */
  default double magnitude() {
    return 0;
  }

  /**
   * Rows {@code from} (inclusive) to {@code to} (exclusive) in batches of at most {@code
   * batchRows}.
   */
  BatchSource read(long from, long to, int batchRows);

  /** All rows. */
  default BatchSource read(int batchRows) {
    return read(0, rows(), batchRows);
  }

  @Override
  void close();
}

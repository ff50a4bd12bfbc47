package dev.collapsar.features;

import java.util.Arrays;

/** Which rows of a file are kept: how many before each block of them, so that any is found soon. */
final class KeptRows {
  static final int BLOCK = 4096;

  private final long[] before;
  private final long kept;

  /**
   * @param before the rows kept before each block of the file's
   */
  KeptRows(long[] before, long kept) {
    this.before = before;
    this.kept = kept;
  }

  long count() {
    return kept;
  }

  /** The block that holds the kept row of this number. */
  int blockOf(long row) {
    int at = Arrays.binarySearch(before, row);
    if (at < 0) {
      return -at - 2;
    }
    // of several blocks that begin with the same row the last holds it
    while (at + 1 < before.length && before[at + 1] == row) {
      at++;
    }
    return at;
  }

  /** The kept rows before a block. */
  long before(int block) {
    return before[block];
  }
}

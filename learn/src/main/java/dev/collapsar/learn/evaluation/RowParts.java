package dev.collapsar.learn.evaluation;

import dev.collapsar.compute.Workers;

/**
 * A batch's rows in parts for several threads: always as many, so that results do not depend on
 * them.
 */
final class RowParts {
  static final int COUNT = 4;

  private RowParts() {}

  /** What is done with the rows {@code from} to before {@code to}. */
  interface Action {
    void rows(int part, int from, int to);
  }

  /** Returns when all parts are done. */
  static void each(Workers workers, int rows, Action action) {
    workers.map(
        COUNT,
        part -> {
          action.rows(part, rows * part / COUNT, rows * (part + 1) / COUNT);
          return part;
        });
  }
}

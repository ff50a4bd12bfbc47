package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Blas;
import java.util.Optional;

/**
 * Labelled features by the two readings that metrics need of them, wherever they are kept: a first
 * for the moments, a second by accumulators that the moments froze.
 */
public interface FeatureReadings {
  /** N. */
  long rows();

  /** D. */
  int width();

  /**
   * Reads all samples for the moments of their classes.
   *
   * @param workers the threads of this process, for features that it reads itself
   * @throws InvalidInputException if a label is not in 0..classes-1 or a feature is not finite,
   *     naming the row
   */
  ClassMoments moments(int classes, Workers workers);

  /**
   * Reads all samples once more.
   *
   * @param blas the linear algebra of this process, for features that it reads itself
   */
  FrozenPass.Result again(FrozenPass pass, Blas blas, Workers workers);

  /** The table that is read, if this process can read it row by row. */
  default Optional<FeatureTable> rowByRow() {
    return Optional.empty();
  }

  /** Those of a table, read in this process. */
  static FeatureReadings of(FeatureTable table) {
    return new TableReadings(table);
  }
}

package dev.collapsar.stats;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;

/**
 * Frozen directions Q (R,D) for {@link ProjectionAccumulator}s, which share their memory: to be
 * closed after them.
 */
public final class Projection implements AutoCloseable {
  final Blas blas;
  final Deviations deviations;
  final DoubleBlock directions; // (R,D)
  private final Matrix matrix;

  public Projection(Deviations deviations, Matrix directions, Blas blas) {
    this.blas = blas;
    this.deviations = deviations;
    this.matrix = directions;
    this.directions = blas.doubles(directions.array().length);
    this.directions.buffer().put(0, directions.array());
  }

  /** R. */
  public int rank() {
    return matrix.rows();
  }

  /** Refuses a part with other means or directions. */
  void requireSame(Projection other) {
    deviations.requireSame(other.deviations);
    if (!matrix.equals(other.matrix)) {
      throw new IllegalArgumentException(
          "the part was projected on other directions than this accumulator's");
    }
  }

  @Override
  public void close() {
    directions.close();
  }
}

package dev.collapsar.stats;

import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;

/**
 * Frozen directions Q (R,D) for {@link ProjectionAccumulator}s, which share their memory: to be
 * closed after them.
 */
final class Projection implements AutoCloseable {
  /** Columns of a strip: 64 rows of it are half a MiB, which the second-level cache holds. */
  private static final int STRIP = 1024;

  final Blas blas;
  final CentredRows deviations;

  /** Q in strips of columns, each (R,strip), the last one filled up with zeros. */
  final DoubleBlock directions;

  /** Columns of a strip. */
  final int strip;

  private final Matrix matrix;

  public Projection(CentredRows deviations, Matrix directions, Blas blas) {
    this(deviations, directions, blas, STRIP);
  }

  /** In strips of so many columns, if there are more. */
  Projection(CentredRows deviations, Matrix directions, Blas blas, int strip) {
    this.blas = blas;
    this.deviations = deviations;
    this.matrix = directions;
    this.strip = Math.min(strip, directions.columns());
    int rank = directions.rows();
    int strips = (directions.columns() + this.strip - 1) / this.strip;
    double[] laid = new double[Math.multiplyExact(strips * this.strip, rank)];
    for (int r = 0; r < rank; r++) {
      for (int j = 0; j < directions.columns(); j++) {
        int row = j / this.strip * rank + r;
        laid[row * this.strip + j % this.strip] = directions.get(r, j);
      }
    }
    this.directions = blas.doubles(laid.length);
    this.directions.buffer().put(0, laid);
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

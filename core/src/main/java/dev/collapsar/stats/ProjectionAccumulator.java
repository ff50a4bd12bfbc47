package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.DoubleBlock;

/**
 * Second pass: the squared lengths of the deviations' projections on frozen directions Q (R,D),
 * without their D x D scatter: 2 N R D operations.
 */
public final class ProjectionAccumulator implements Accumulator<LabeledBatch, WithinProjection> {
  private final Projection projection;
  private final int capacity;
  private final DoubleBlock rows; // (capacity,D)
  private final DoubleBlock projected; // (capacity,R)
  private final double[] row;
  private final double[] products;
  private int held;
  private double sum;

  /**
   * @param capacity how many rows are projected at once
   */
  public ProjectionAccumulator(Projection projection, int capacity) {
    this.projection = projection;
    this.capacity = capacity;
    row = new double[projection.deviations.width()];
    products = new double[Math.multiplyExact(capacity, projection.rank())];
    rows = projection.blas.doubles(Math.multiplyExact(capacity, row.length));
    projected = projection.blas.doubles(products.length);
  }

  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, row.length);
    for (int i = 0; i < batch.rows(); i++) {
      if (projection.deviations.read(batch, i, row)) {
        rows.buffer().put(held * row.length, row);
        if (++held == capacity) {
          flush();
        }
      }
    }
  }

  private void flush() {
    if (held == 0) {
      return;
    }
    projection.blas.product(
        rows, 0, projection.directions, 0, projected, held, projection.rank(), row.length);
    int count = held * projection.rank();
    projected.buffer().get(0, products, 0, count);
    sum += squares(products, count);
    held = 0;
  }

  private static double squares(double[] values, int count) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < count; i += 4) {
      s0 += values[i] * values[i];
      s1 += values[i + 1] * values[i + 1];
      s2 += values[i + 2] * values[i + 2];
      s3 += values[i + 3] * values[i + 3];
    }
    for (; i < count; i++) {
      s0 += values[i] * values[i];
    }
    return s0 + s1 + (s2 + s3);
  }

  @Override
  public void merge(WithinProjection part) {
    projection.requireSame(part.projection());
    sum += part.sumOfSquares();
  }

  @Override
  public WithinProjection snapshot() {
    flush();
    return new WithinProjection(projection, sum);
  }

  @Override
  public void close() {
    rows.close();
    projected.close();
  }
}

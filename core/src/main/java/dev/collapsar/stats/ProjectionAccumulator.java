package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.DoubleBlock;
import java.util.Arrays;

/**
 * Second pass: the squared lengths of the deviations' projections on frozen directions Q (R,D),
 * without their D x D scatter: 2 N R D operations. Rows are taken some at once and in strips of
 * columns, so that a strip is still in the second-level cache when it is multiplied.
 */
final class ProjectionAccumulator implements Accumulator<LabeledBatch, WithinProjection> {
  private final Projection projection;
  private final int capacity;
  private final int[] taken; // rows of a batch
  private final double[] inner; // a row in a strip
  private final double[] last; // and in the last one, which may be shorter
  private final DoubleBlock rows; // (capacity,strip)
  private final DoubleBlock products; // (capacity,R)
  private final double[] part;
  private final double[] projected; // (capacity,R)
  private double sum;

  /**
   * @param capacity how many rows are projected at once
   */
  public ProjectionAccumulator(Projection projection, int capacity) {
    this.projection = projection;
    this.capacity = capacity;
    taken = new int[capacity];
    inner = new double[projection.strip];
    last = new double[(projection.deviations.width() - 1) % inner.length + 1];
    part = new double[Math.multiplyExact(capacity, projection.rank())];
    projected = new double[part.length];
    rows = projection.blas.doubles(Math.multiplyExact(capacity, inner.length));
    products = projection.blas.doubles(part.length);
  }

  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, projection.deviations.width());
    int held = 0;
    for (int i = 0; i < batch.rows(); i++) {
      if (projection.deviations.takes(batch, i)) {
        taken[held++] = i;
        if (held == capacity) {
          project(batch, held);
          held = 0;
        }
      }
    }
    project(batch, held);
  }

  private void project(LabeledBatch batch, int held) {
    int count = held * projection.rank();
    Arrays.fill(projected, 0, count, 0);
    int rank = projection.rank();
    int width = batch.width();
    for (int from = 0, first = 0; from < width; from += inner.length, first += rank) {
      double[] strip = from + inner.length <= width ? inner : last;
      for (int i = 0; i < held; i++) {
        projection.deviations.read(batch, taken[i], from, strip);
        rows.buffer().put(i * inner.length, strip);
      }
      projection.blas.product(
          rows, 0, projection.directions, first, products, held, rank, inner.length);
      products.buffer().get(0, part, 0, count);
      for (int j = 0; j < count; j++) {
        projected[j] += part[j];
      }
    }
    sum += squares(projected, count);
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
    return new WithinProjection(projection, sum);
  }

  @Override
  public void close() {
    rows.close();
    products.close();
  }
}

package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;

/** Second pass: the pooled scatter around frozen means, N D^2 operations. */
final class ScatterAccumulator implements Accumulator<LabeledBatch, WithinScatter> {
  private final CentredRows deviations;
  private final GramSum sum;
  private final double[] row;

  public ScatterAccumulator(CentredRows deviations, Blas blas) {
    this.deviations = deviations;
    sum = new GramSum(blas, deviations.width());
    row = new double[deviations.width()];
  }

  @Override
  public void add(LabeledBatch batch) {
    BatchRows.requireWidth(batch, row.length);
    for (int i = 0; i < batch.rows(); i++) {
      if (deviations.takes(batch, i)) {
        deviations.read(batch, i, 0, row);
        sum.add(row);
      }
    }
  }

  @Override
  public void merge(WithinScatter part) {
    deviations.requireSame(part.deviations());
    sum.add(part.scatter());
  }

  @Override
  public WithinScatter snapshot() {
    return new WithinScatter(deviations, sum.sum());
  }

  @Override
  public void close() {
    sum.close();
  }
}

package dev.collapsar.stats;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.linalg.Blas;
import java.util.Objects;
import java.util.Optional;

/** Readings of a table by the threads of this process. */
record TableReadings(FeatureTable table) implements FeatureReadings {
  private static final int BATCH_ROWS = 256;

  TableReadings {
    Objects.requireNonNull(table);
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int width() {
    return table.width();
  }

  @Override
  public Optional<FeatureTable> rowByRow() {
    return Optional.of(table);
  }

  @Override
  public ClassMoments moments(int classes, Workers workers) {
    long state = 3L * Double.BYTES * classes * width();
    return TablePass.over(
        table, BATCH_ROWS, state, workers, () -> new ClassMomentsAccumulator(classes, width()));
  }

  @Override
  public FrozenPass.Result again(FrozenPass pass, Blas blas, Workers workers) {
    try (FrozenPass.Opened opened = pass.open(blas)) {
      return TablePass.over(
          table, opened.batchRows(), pass.stateBytes(), workers, opened::accumulator);
    }
  }
}

package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.List;
import net.jqwik.api.Example;

class ProjectionLawsTest extends AccumulatorContract<WithinProjection> {
  private static final Matrix DIRECTIONS = SecondPass.matrix(3, 5);

  // Five columns in strips of two, so that the last one is filled up.
  private final Projection projection =
      new Projection(SecondPass.deviations(), DIRECTIONS, Blas.reference(), 2);

  @Override
  Accumulator<LabeledBatch, WithinProjection> fresh() {
    return new ProjectionAccumulator(projection, 4);
  }

  @Override
  double[] numbers(WithinProjection within) {
    return new double[] {within.sumOfSquares()};
  }

  /** All terms are positive: n D roundings of the sum itself, for each way. */
  @Override
  double[] bound(WithinProjection within, int rows) {
    return new double[] {2 * (rows + 2) * WIDTH * within.sumOfSquares() * Math.ulp(1.0)};
  }

  @Example
  void itIsTheScatterSeenInTheDirections() {
    try (var projected = fresh();
        var scattered = new ScatterAccumulator(SecondPass.deviations(), Blas.reference())) {
      for (LabeledBatch batch : batches(List.of(7, 1, 13), 3)) {
        projected.add(batch);
        scattered.add(batch);
      }
      Matrix seen = Blas.reference().times(DIRECTIONS, scattered.snapshot().scatter());
      double trace = 0;
      for (int i = 0; i < seen.length(); i++) {
        trace += seen.at(i) * DIRECTIONS.at(i);
      }
      assertEquals(trace, projected.snapshot().sumOfSquares(), 1e-12 * trace);
    }
  }

  @Example
  void aPartProjectedElsewhereIsRefused() {
    try (Projection other =
            new Projection(SecondPass.deviations(), SecondPass.matrix(3, 6), Blas.reference());
        var part = new ProjectionAccumulator(other, 4);
        var whole = fresh()) {
      WithinProjection foreign = part.snapshot();
      assertThrows(IllegalArgumentException.class, () -> whole.merge(foreign));
    }
  }
}

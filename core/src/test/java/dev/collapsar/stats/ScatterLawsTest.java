package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import java.util.Arrays;
import java.util.BitSet;
import net.jqwik.api.Example;

class ScatterLawsTest extends AccumulatorContract<WithinScatter> {
  /** No deviation of the batches from their class means is larger. */
  private static final double LARGEST = 12;

  private final CentredRows deviations = SecondPass.deviations();

  @Override
  Accumulator<LabeledBatch, WithinScatter> fresh() {
    return new ScatterAccumulator(deviations, Blas.reference());
  }

  @Override
  double[] numbers(WithinScatter within) {
    return within.scatter().toArray();
  }

  /** n sums of terms of at most LARGEST^2, for each way. */
  @Override
  double[] bound(WithinScatter within, int rows) {
    double n = rows + 2;
    double[] bound = new double[WIDTH * WIDTH];
    Arrays.fill(bound, 2 * n * n * LARGEST * LARGEST * Math.ulp(1.0));
    return bound;
  }

  @Example
  void aPartMeasuredFromOtherClassesIsRefused() {
    BitSet all = new BitSet();
    all.set(0, CLASSES);
    try (var part =
            new ScatterAccumulator(new CentredRows(SecondPass.MOMENTS, all), Blas.reference());
        var whole = fresh()) {
      WithinScatter other = part.snapshot();
      assertThrows(IllegalArgumentException.class, () -> whole.merge(other));
    }
  }
}

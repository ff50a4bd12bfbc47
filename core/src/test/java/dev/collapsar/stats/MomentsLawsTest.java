package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** With scatter, which includes all there is without. */
class MomentsLawsTest extends AccumulatorContract<ClassMoments> {
  /** No feature of {@link #batches} is larger: at most 3 * 4 and ten standard deviations. */
  private static final double LARGEST = 22;

  @Override
  Accumulator<LabeledBatch, ClassMoments> fresh() {
    return new ClassMomentsAccumulator(CLASSES, WIDTH, Blas.reference());
  }

  @Override
  double[] numbers(ClassMoments moments) {
    return Stream.of(
            IntStream.range(0, CLASSES).mapToDouble(moments::count).toArray(),
            moments.means().toArray(),
            IntStream.range(0, CLASSES).mapToDouble(moments::squaredDeviations).toArray(),
            moments.scatter().orElseThrow().toArray())
        .flatMapToDouble(DoubleStream::of)
        .toArray();
  }

  /**
   * Each of n terms of at most m = 2 LARGEST, or m^2 D in the squares, takes a rounding when added,
   * twice that for the pivot's part, and once for each way.
   */
  @Override
  double[] bound(ClassMoments moments, int rows) {
    double n = rows + 4;
    double term = 2 * LARGEST;
    double[] bound = new double[CLASSES + CLASSES * WIDTH + CLASSES + WIDTH * WIDTH];
    Arrays.fill(bound, CLASSES, bound.length, 4 * n * n * term * term * WIDTH * Math.ulp(1.0));
    Arrays.fill(bound, CLASSES, CLASSES + CLASSES * WIDTH, 4 * n * term * Math.ulp(1.0));
    return bound;
  }
}

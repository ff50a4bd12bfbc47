package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** A frozen basis for the second-pass laws: every class has samples, class 2 is not chosen. */
final class SecondPass {
  static final ClassMoments MOMENTS = moments();

  private SecondPass() {}

  private static ClassMoments moments() {
    try (var accumulator =
        new ClassMomentsAccumulator(AccumulatorContract.CLASSES, AccumulatorContract.WIDTH)) {
      for (LabeledBatch batch : AccumulatorContract.batches(List.of(30, 30), 77)) {
        accumulator.add(batch);
      }
      return accumulator.snapshot();
    }
  }

  static CentredRows deviations() {
    BitSet chosen = new BitSet();
    chosen.set(0, AccumulatorContract.CLASSES);
    chosen.clear(2);
    return new CentredRows(MOMENTS, chosen);
  }

  static Matrix matrix(int rows, long seed) {
    double[] values = new double[rows * AccumulatorContract.WIDTH];
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Matrix.of(rows, AccumulatorContract.WIDTH, values);
  }
}

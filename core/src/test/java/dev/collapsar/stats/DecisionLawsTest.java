package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.stream.IntStream;
import net.jqwik.api.Example;

class DecisionLawsTest extends AccumulatorContract<Decisions> {
  private static final Matrix WEIGHTS = SecondPass.matrix(CLASSES, 8);
  private static final double[] BIAS = {0.1, -0.2, 0, 0.3};

  private final DecisionRule rule =
      new DecisionRule(SecondPass.MOMENTS, WEIGHTS, BIAS, Blas.reference());

  @Override
  Accumulator<LabeledBatch, Decisions> fresh() {
    return new DecisionAccumulator(rule, 4);
  }

  @Override
  double[] numbers(Decisions decisions) {
    return IntStream.range(0, CLASSES)
        .boxed()
        .flatMapToDouble(
            k ->
                IntStream.of(
                        (int) decisions.samples(k),
                        (int) decisions.agreements(k),
                        (int) decisions.linearHits(k),
                        (int) decisions.nearestMeanHits(k))
                    .asDoubleStream())
        .toArray();
  }

  /** Counts are exact. */
  @Override
  double[] bound(Decisions decisions, int rows) {
    return new double[4 * CLASSES];
  }

  @Example
  void aPartDecidedByAnotherRuleIsRefused() {
    try (DecisionRule unbiased =
            new DecisionRule(SecondPass.MOMENTS, WEIGHTS, null, Blas.reference());
        var part = new DecisionAccumulator(unbiased, 4);
        var whole = fresh()) {
      Decisions foreign = part.snapshot();
      assertThrows(IllegalArgumentException.class, () -> whole.merge(foreign));
    }
  }

  @Example
  void aPartDecidedByTheSameRuleElsewhereIsTaken() {
    ClassMoments copy = ClassMoments.fromBytes(SecondPass.MOMENTS.toBytes());
    try (DecisionRule same = new DecisionRule(copy, WEIGHTS, BIAS, Blas.reference());
        var part = new DecisionAccumulator(same, 4);
        var whole = fresh()) {
      whole.merge(part.snapshot());
    }
  }
}

package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FewClassesLawsTest extends AccumulatorContract<FewClassesAccumulator.Both> {
  private static final Matrix COEFFICIENTS =
      Matrix.of(2, CLASSES, 1.0, -0.5, 0.25, 2, 0, 1, -1, 0.5);

  private final Frozen frozen =
      new Frozen(SecondPass.MOMENTS, SecondPass.matrix(CLASSES, 8), COEFFICIENTS);

  /** Both ways of the second pass over all classes of some moments. */
  private static final class Frozen implements AutoCloseable {
    final Projection projection;
    final DecisionRule rule;
    final FewClasses few;

    Frozen(ClassMoments moments, Matrix weights, Matrix coefficients) {
      BitSet all = new BitSet();
      all.set(0, moments.classes());
      Matrix centred = centred(moments);
      projection =
          new Projection(
              new CentredRows(moments, all),
              Blas.reference().times(coefficients, centred),
              Blas.reference());
      rule = new DecisionRule(moments, weights, null, Blas.reference());
      few = new FewClasses(projection, rule, centred, coefficients);
    }

    @Override
    public void close() {
      few.close();
      rule.close();
      projection.close();
    }
  }

  private static Matrix centred(ClassMoments moments) {
    int classes = moments.classes();
    int width = moments.width();
    double[] values = moments.means().toArray();
    for (int j = 0; j < width; j++) {
      double mean = 0;
      for (int k = 0; k < classes; k++) {
        mean += values[k * width + j] / classes;
      }
      for (int k = 0; k < classes; k++) {
        values[k * width + j] -= mean;
      }
    }
    return Matrix.of(classes, width, values);
  }

  @Override
  Accumulator<LabeledBatch, FewClassesAccumulator.Both> fresh() {
    return new FewClassesAccumulator(frozen.few, 4);
  }

  @Override
  double[] numbers(FewClassesAccumulator.Both both) {
    return DoubleStream.concat(
            DoubleStream.of(both.within().sumOfSquares()),
            IntStream.range(0, CLASSES)
                .mapToDouble(
                    k -> both.decisions().samples(k) + 1e3 * both.decisions().agreements(k)))
        .toArray();
  }

  /** The sum cancels at most as much as the coefficients' and centred means' sizes allow. */
  @Override
  double[] bound(FewClassesAccumulator.Both both, int rows) {
    double[] bound = new double[1 + CLASSES];
    bound[0] = 1e-9 * (rows + 1);
    return bound;
  }

  @Example
  void itFindsWhatTheTwoFind() {
    List<LabeledBatch> batches = batches(List.of(30, 30), 77);
    try (var few = fresh()) {
      assertFindsTheSame(batches, few, frozen);
    }
  }

  /**
   * Means or weights so close that only the definitions can tell, and classes so collapsed that a
   * shared origin would cost the digits of their spread.
   */
  @ParameterizedTest
  @CsvSource({
    "2, 1e-14, 0.5",
    "7, 1e-15, 0.5",
    "32, 1e-12, 0.5",
    "5, 0, 0.5",
    "3, 1, 0.5",
    "6, 1, 1e-3",
    "6, 1, 1e-8"
  })
  void itFindsWhatTheTwoFindOfNearTiesAndOfCollapsedClasses(
      int classes, double apart, double deviation) {
    Random random = new Random(classes);
    int rows = 40 * classes;
    double[] values = new double[rows * WIDTH];
    int[] labels = new int[rows];
    double[] means = random.doubles((long) classes * WIDTH).toArray();
    for (int i = 0; i < values.length; i++) {
      int row = i / WIDTH;
      labels[row] = row % classes;
      double mean = i % WIDTH + apart * means[labels[row] * WIDTH + i % WIDTH];
      values[i] = mean + row / classes * deviation + apart * deviation * random.nextGaussian();
    }
    double[] weights = new double[classes * WIDTH];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i % WIDTH + apart * random.nextGaussian();
    }
    LabeledBatch batch = LabeledBatch.of(values, labels, 0L, rows, WIDTH);
    try (var moments = new ClassMomentsAccumulator(classes, WIDTH)) {
      moments.add(batch);
      double[] coefficients = random.doubles(2L * classes).toArray();
      try (Frozen close =
              new Frozen(
                  moments.snapshot(),
                  Matrix.of(classes, WIDTH, weights),
                  Matrix.of(2, classes, coefficients));
          var few = new FewClassesAccumulator(close.few, 16)) {
        assertFindsTheSame(List.of(batch), few, close);
      }
    }
  }

  private static void assertFindsTheSame(
      List<LabeledBatch> batches,
      Accumulator<LabeledBatch, FewClassesAccumulator.Both> few,
      Frozen frozen) {
    try (var projections = new ProjectionAccumulator(frozen.projection, 7);
        var decisions = new DecisionAccumulator(frozen.rule, 7)) {
      for (LabeledBatch batch : batches) {
        few.add(batch);
        projections.add(batch);
        decisions.add(batch);
      }
      Decisions expected = decisions.snapshot();
      FewClassesAccumulator.Both found = few.snapshot();
      double sum = projections.snapshot().sumOfSquares();
      assertEquals(sum, found.within().sumOfSquares(), 1e-12 * sum);
      for (int k = 0; k < frozen.rule.classes(); k++) {
        assertEquals(expected.samples(k), found.decisions().samples(k));
        assertEquals(expected.agreements(k), found.decisions().agreements(k));
        assertEquals(expected.linearHits(k), found.decisions().linearHits(k));
        assertEquals(expected.nearestMeanHits(k), found.decisions().nearestMeanHits(k));
      }
    }
  }
}

package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions are those of the definitions in double precision, however close the call. */
class DecisionTest {
  @ParameterizedTest
  @CsvSource({
    // classes, width, rows, offset, spread
    "2, 1, 50, 0, 1",
    "3, 7, 101, 0, 1",
    "40, 13, 300, 30, 0.001",
    "1100, 5, 257, 1, 1",
    "7, 64, 100, 1e6, 1",
    "5, 9, 60, 0, 1e-30",
    "5, 9, 60, 0, 1e25",
    "5, 9, 60, 0, 1e100",
  })
  void theyAreThoseOfTheDefinitions(
      int classes, int width, int rows, double offset, double spread) {
    Random random = new Random(classes);
    double[] means = gaussian(classes * width, offset, spread, random);
    double[] weights = gaussian(classes * width, 0, 1, random);
    double[] bias = gaussian(classes, 0, spread, random);
    double[] rowsNear = new double[rows * width];
    int[] labels = random.ints(rows, 0, classes).toArray();
    for (int i = 0; i < rowsNear.length; i++) {
      rowsNear[i] =
          means[labels[i / width] * width + i % width] + 0.7 * spread * random.nextGaussian();
    }
    check(classes, width, means, weights, bias, rowsNear, labels);
  }

  /** Single precision cannot tell these apart; the definitions in double precision can. */
  @ParameterizedTest
  @ValueSource(ints = {2, 15, 16, 17, 18, 60})
  void nearTiesAreDecidedInDoublePrecision(int classes) {
    int width = 6;
    int rows = 200;
    Random random = new Random(1);
    double[] mean = gaussian(width, 0, 1, random);
    double[] weight = gaussian(width, 0, 1, random);
    double[] means = new double[classes * width];
    double[] weights = new double[classes * width];
    for (int i = 0; i < means.length; i++) {
      means[i] = mean[i % width] + 1e-10 * random.nextGaussian();
      weights[i] = weight[i % width] + 1e-10 * random.nextGaussian();
    }
    double[] values = gaussian(rows * width, 0, 1, random);
    int[] labels = random.ints(rows, 0, classes).toArray();
    check(classes, width, means, weights, new double[classes], values, labels);
  }

  @Test
  void equalScoresGoToTheLowestClass() {
    double[] means = {0, 0, 1, 1, 1, 1};
    double[] weights = {0, 0, 1, 1, 1, 1};
    Decisions decisions =
        decide(3, 2, means, weights, new double[3], new double[] {5, 5, 5, 5}, new int[] {1, 2});
    assertEquals(1, decisions.linearHits(1));
    assertEquals(1, decisions.nearestMeanHits(1));
    assertEquals(0, decisions.linearHits(2));
    assertEquals(0, decisions.nearestMeanHits(2));
    assertEquals(1, decisions.agreements(1));
    assertEquals(1, decisions.agreements(2));
  }

  @Test
  void theBiasTakesPart() {
    double[] means = {-1, 1};
    double[] weights = {-1, 1};
    double[] x = {0.1};
    assertEquals(
        1, decide(2, 1, means, weights, new double[2], x, new int[] {0}).agreements(0), "without");
    assertEquals(
        0, decide(2, 1, means, weights, new double[] {9, 0}, x, new int[] {0}).agreements(0));
  }

  @Test
  void aClassNeverSeenIsNoSamplesNearestMean() {
    try (var moments = new ClassMomentsAccumulator(3, 1)) {
      moments.add(LabeledBatch.of(new double[] {1, 5}, new int[] {0, 2}, 0L, 2, 1));
      Matrix weights = Matrix.of(3, 1, 0.0, 1, 0);
      try (DecisionRule rule =
              new DecisionRule(moments.snapshot(), weights, null, Blas.reference());
          var accumulator = new DecisionAccumulator(rule, 8)) {
        accumulator.add(LabeledBatch.of(new double[] {2, 4}, new int[] {1, 1}, 0L, 2, 1));
        Decisions decisions = accumulator.snapshot();
        assertEquals(2, decisions.linearHits(1));
        assertEquals(0, decisions.nearestMeanHits(1));
        assertEquals(0, decisions.agreements(1));
      }
    }
  }

  @Test
  void aFeatureThatIsNotFiniteIsNamedWithItsRow() {
    double[] means = {-1, 1};
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      var error =
          assertThrows(
              InvalidInputException.class,
              () ->
                  decide(
                      2, 1, means, means, new double[2], new double[] {0, bad}, new int[] {0, 1}));
      assertEquals(
          "row 1 has " + bad + " at feature 0, where a finite number is needed",
          error.getMessage());
    }
  }

  private static void check(
      int classes,
      int width,
      double[] means,
      double[] weights,
      double[] bias,
      double[] values,
      int[] labels) {
    long[][] expected = new long[3][classes];
    for (int i = 0; i < labels.length; i++) {
      int linear = 0;
      int nearest = 0;
      double most = Double.NEGATIVE_INFINITY;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < classes; k++) {
        double score = bias[k];
        double distance = 0;
        for (int j = 0; j < width; j++) {
          score += weights[k * width + j] * values[i * width + j];
          double d = values[i * width + j] - means[k * width + j];
          distance += d * d;
        }
        if (score > most) {
          most = score;
          linear = k;
        }
        if (distance < least) {
          least = distance;
          nearest = k;
        }
      }
      expected[0][labels[i]] += linear == nearest ? 1 : 0;
      expected[1][labels[i]] += linear == labels[i] ? 1 : 0;
      expected[2][labels[i]] += nearest == labels[i] ? 1 : 0;
    }
    Decisions decisions = decide(classes, width, means, weights, bias, values, labels);
    for (int k = 0; k < classes; k++) {
      assertEquals(expected[0][k], decisions.agreements(k), "agreements of class " + k);
      assertEquals(expected[1][k], decisions.linearHits(k), "linear hits of class " + k);
      assertEquals(expected[2][k], decisions.nearestMeanHits(k), "nearest mean hits of " + k);
    }
  }

  /** Both linear algebras must decide alike. */
  private static Decisions decide(
      int classes,
      int width,
      double[] means,
      double[] weights,
      double[] bias,
      double[] values,
      int[] labels) {
    int[] each = new int[classes];
    for (int k = 0; k < classes; k++) {
      each[k] = k;
    }
    try (var moments = new ClassMomentsAccumulator(classes, width);
        Blas fast = Blas.open(1)) {
      moments.add(LabeledBatch.of(means, each, 0L, classes, width));
      ClassMoments frozen = moments.snapshot();
      Decisions plain =
          decide(
              frozen, Matrix.of(classes, width, weights), bias, values, labels, Blas.reference());
      Decisions quick =
          decide(frozen, Matrix.of(classes, width, weights), bias, values, labels, fast);
      for (int k = 0; k < classes; k++) {
        assertEquals(plain.agreements(k), quick.agreements(k));
      }
      return quick;
    }
  }

  private static Decisions decide(
      ClassMoments frozen,
      Matrix weights,
      double[] bias,
      double[] values,
      int[] labels,
      Blas blas) {
    try (DecisionRule rule = new DecisionRule(frozen, weights, bias, blas);
        var accumulator = new DecisionAccumulator(rule, 32)) {
      accumulator.add(LabeledBatch.of(values, labels, 0L, labels.length, weights.columns()));
      return accumulator.snapshot();
    }
  }

  private static double[] gaussian(int count, double offset, double spread, Random random) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = offset + spread * random.nextGaussian();
    }
    return values;
  }
}

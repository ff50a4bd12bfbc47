package dev.collapsar.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairwiseSumsTest {
  private static final PairwiseKernel DISTANCE =
      (pairs, to) -> {
        for (int c = 0; c < pairs.count(); c++) {
          to[c] = Math.sqrt(pairs.squaredDistances()[c]);
        }
      };
  private static final PairwiseKernel CHORD =
      (pairs, to) -> {
        for (int c = 0; c < pairs.count(); c++) {
          to[c] = Math.sqrt(pairs.squaredChords()[c]);
        }
      };

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 63, 64, 65, 1000})
  void tilesOfAnySizeGiveTheSameSums(int tile) {
    int rows = 65;
    int width = 5;
    Matrix matrix = gaussian(rows, width);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < i; j++) {
        double distance = distance(matrix, i, j);
        sum += distance;
        squares += distance * distance;
      }
    }
    double pairs = rows * (rows - 1) / 2.0;
    double mean = sum / pairs;
    double bound = pairs * Math.ulp(mean);
    try (Workers workers = new Workers(2)) {
      PairStatistics summary =
          PairwiseSums.of(matrix, List.of(DISTANCE), tile, Blas.reference(), workers).get(0);
      assertEquals(pairs, summary.count());
      assertEquals(mean, summary.mean(), bound);
      assertEquals(squares / pairs - mean * mean, summary.populationVariance(), 4 * mean * bound);
    }
  }

  @Test
  void aWatcherHearsOfEveryPairOnce() {
    LongAdder heard = new LongAdder();
    try (Workers workers = new Workers(2)) {
      PairwiseSums.of(
          Matrix.of(11, 1, new double[11]),
          List.of(DISTANCE),
          4,
          Blas.reference(),
          workers,
          heard::add);
    }
    assertEquals(11 * 10 / 2, heard.sum());
  }

  /** Products of rows of length 1e3 would leave a distance of 1e-4 with two digits. */
  @Test
  void rowsCloseTogetherKeepTheirDistance() {
    Matrix matrix = Matrix.of(2, 2, 1000, 0, 1000, 1e-4);
    try (Workers workers = new Workers(1)) {
      List<PairStatistics> sums =
          PairwiseSums.of(matrix, List.of(DISTANCE, CHORD), 4, Blas.reference(), workers);
      assertEquals(1e-4, sums.get(0).mean(), 1e-4 * 4 * Math.ulp(1.0));
      assertEquals(1e-7, sums.get(1).mean(), 1e-7 * 1e-13);
    }
  }

  @Test
  void summariesMergeByChansRule() {
    double[] values = {3, 1, 4, 1, 5, 9, 2, 6};
    PairStatistics whole = PairStatistics.of(values, 0, 8);
    PairStatistics merged =
        PairStatistics.of(values, 0, 3)
            .merged(PairStatistics.EMPTY)
            .merged(PairStatistics.of(values, 3, 8));
    assertEquals(8, merged.count());
    assertEquals(31 / 8.0, whole.mean());
    assertEquals(whole.mean(), merged.mean(), 4 * Math.ulp(4.0));
    assertEquals(173 - 31 * 31 / 8.0, merged.squaredDeviations(), 8 * Math.ulp(64.0));
    assertEquals(whole.squaredDeviations() / 8, whole.populationVariance());
    assertEquals(whole.squaredDeviations() / 7, whole.sampleVariance());
  }

  private static double distance(Matrix matrix, int i, int j) {
    double square = 0;
    for (int c = 0; c < matrix.columns(); c++) {
      square += Math.pow(matrix.get(i, c) - matrix.get(j, c), 2);
    }
    return Math.sqrt(square);
  }

  private static Matrix gaussian(int rows, int width) {
    double[] values = new double[rows * width];
    Random random = new Random(11);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Matrix.of(rows, width, values);
  }
}

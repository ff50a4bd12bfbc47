package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SquaredLossTest {
  private static final int CLASSES = 4;
  private static final int WIDTH = 6;

  /** Rounding of sums of some hundred terms of size 1, with room for the inverse of A. */
  private static final double BOUND = 1e-10;

  /** make_squared_loss.py: numpy, by the formulas of Han, Papyan and Donoho's notebook. */
  private static final double[] PUBLISHED = {
    0.0067384205592183385, 0.3229535625704344, 1.0235159954092892
  };

  private final Random random = new Random(7);
  private final double[] weights = gaussian(CLASSES * WIDTH);
  private final double[] bias = gaussian(CLASSES);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void thePartsAddUpToTheLossOfEverySampleForClassesOfAnySizes(boolean balanced) {
    int[] labels = labels(balanced);
    double[] features = gaussian(labels.length * WIDTH);
    for (double lambda : new double[] {2.5e-4, 0.3}) {
      SquaredLoss parts = loss(features, labels, lambda);
      assertEquals(direct(features, labels, weights, bias, lambda), parts.total(), BOUND);
      assertTrue(parts.nc1() > 0 && parts.nc23() > 0 && parts.perp() > 0, parts.toString());
    }
  }

  @Test
  void noClassifierIsBetterThanTheOneWhoseLossIsTheFirstTwoParts() {
    int[] labels = labels(false);
    double[] features = gaussian(labels.length * WIDTH);
    double lambda = 0.05;
    double[] w = weights.clone();
    double[] b = bias.clone();
    // Gradient descent on the definition itself; 1 / (largest curvature) is above 0.1 here.
    for (int step = 0; step < 4000; step++) {
      descend(features, labels, w, b, lambda, 0.1);
    }
    SquaredLoss parts = loss(features, labels, lambda);
    assertEquals(direct(features, labels, w, b, lambda), parts.nc1() + parts.nc23(), BOUND);
  }

  @Test
  void forClassesOfOneSizeThePartsAreThoseOfThePublishedFormulas() {
    int[] labels = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
    double[] features = new double[labels.length * 2];
    for (int i = 0; i < features.length; i++) {
      features[i] = Math.sin(1 + 3 * i);
    }
    double[] w = {1, -0.5, 0.25, 0.75, -1, 0.125};
    double[] b = {0.1, -0.2, 0.3};
    ClassMoments moments = moments(features, labels, 3, 2);
    SquaredLoss parts = SquaredLoss.of(moments, Matrix.of(3, 2, w), b, 0.01, Blas.reference());
    assertEquals(PUBLISHED[0], parts.nc1(), BOUND);
    assertEquals(PUBLISHED[1], parts.nc23(), BOUND);
    assertEquals(PUBLISHED[2], parts.perp(), BOUND);
  }

  @Test
  void momentsWithoutScatterAndLambdaZeroAreRefused() {
    int[] labels = labels(true);
    double[] features = gaussian(labels.length * WIDTH);
    assertEquals(
        "lambda must be above 0, got 0.0",
        assertThrows(InvalidInputException.class, () -> loss(features, labels, 0)).getMessage());
    ClassMomentsAccumulator plain = new ClassMomentsAccumulator(CLASSES, WIDTH);
    plain.add(LabeledBatch.of(features, labels, 0, labels.length, WIDTH));
    assertEquals(
        "the moments have no scatter",
        assertThrows(
                InvalidInputException.class,
                () ->
                    SquaredLoss.of(
                        plain.snapshot(),
                        Matrix.of(CLASSES, WIDTH, weights),
                        bias,
                        1,
                        Blas.reference()))
            .getMessage());
  }

  private SquaredLoss loss(double[] features, int[] labels, double lambda) {
    return SquaredLoss.of(
        moments(features, labels, CLASSES, WIDTH),
        Matrix.of(CLASSES, WIDTH, weights),
        bias,
        lambda,
        Blas.reference());
  }

  private static ClassMoments moments(double[] features, int[] labels, int classes, int width) {
    try (ClassMomentsAccumulator accumulator =
        new ClassMomentsAccumulator(classes, width, Blas.reference())) {
      accumulator.add(LabeledBatch.of(features, labels, 0, labels.length, width));
      return accumulator.snapshot();
    }
  }

  /** The definition, sample by sample. */
  private static double direct(
      double[] features, int[] labels, double[] w, double[] b, double lambda) {
    double sum = 0;
    for (int n = 0; n < labels.length; n++) {
      for (int k = 0; k < CLASSES; k++) {
        sum += Math.pow(error(features, labels, w, b, n, k), 2) / labels.length;
      }
    }
    double square = 0;
    for (double value : w) {
      square += value * value;
    }
    for (double value : b) {
      square += value * value;
    }
    return (sum + lambda * square) / 2;
  }

  private static void descend(
      double[] features, int[] labels, double[] w, double[] b, double lambda, double rate) {
    double[] oldW = w.clone();
    double[] oldB = b.clone();
    for (int k = 0; k < CLASSES; k++) {
      b[k] -= rate * lambda * oldB[k];
      for (int j = 0; j < WIDTH; j++) {
        w[k * WIDTH + j] -= rate * lambda * oldW[k * WIDTH + j];
      }
      for (int n = 0; n < labels.length; n++) {
        double pull = rate * error(features, labels, oldW, oldB, n, k) / labels.length;
        b[k] -= pull;
        for (int j = 0; j < WIDTH; j++) {
          w[k * WIDTH + j] -= pull * features[n * WIDTH + j];
        }
      }
    }
  }

  private static double error(
      double[] features, int[] labels, double[] w, double[] b, int n, int k) {
    double logit = b[k];
    for (int j = 0; j < WIDTH; j++) {
      logit += w[k * WIDTH + j] * features[n * WIDTH + j];
    }
    return logit - (labels[n] == k ? 1 : 0);
  }

  private int[] labels(boolean balanced) {
    int[] labels = new int[60];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = balanced ? i % CLASSES : Math.min(CLASSES - 1, i % 9);
    }
    return labels;
  }

  private double[] gaussian(int count) {
    return random.doubles(count).map(d -> 4 * d - 1).toArray();
  }
}

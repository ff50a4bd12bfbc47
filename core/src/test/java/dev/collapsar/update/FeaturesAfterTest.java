package dev.collapsar.update;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.inference.Accuracy;
import dev.collapsar.inference.Detection;
import dev.collapsar.linalg.Blas;
import dev.collapsar.metric.Measurement;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What features still tell after an adaptation: of their classes, and of what lies outside. */
class FeaturesAfterTest {
  private static final double SAME = 1e-9;
  private static final Blas BLAS = Blas.reference();

  private final SplittableRandom random = new SplittableRandom(7);

  /** Three classes; the middle one lies between the others, where a linear reader is at a loss. */
  private FeatureArray sample(int each, double apart) {
    double[] values = new double[3 * each * 2];
    int[] labels = new int[3 * each];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
      values[2 * i] = random.nextGaussian() + apart * labels[i];
      values[2 * i + 1] = random.nextGaussian() * 3;
    }
    return FeatureArray.of(values, labels, 2);
  }

  private static ClassMoments moments(FeatureArray table) {
    try (ClassMomentsAccumulator sum = new ClassMomentsAccumulator(3, table.width(), BLAS);
        BatchSource source = table.read(64)) {
      for (var batch = source.next(); batch != null; batch = source.next()) {
        sum.add(batch);
      }
      return sum.snapshot();
    }
  }

  @Test
  void theLinearProbeIsTheLeastSquaresFit() {
    FeatureArray table = sample(40, 2);
    LinearProbe probe = LinearProbe.leastSquares(moments(table), BLAS);
    // At the minimum the errors are orthogonal to (x, 1), up to the ridge of 1e-6.
    double[] products = new double[9];
    TableRows.each(
        table,
        (rows, labels) -> {
          for (int i = 0; i < labels.length; i++) {
            for (int k = 0; k < 3; k++) {
              double error =
                  probe.weights().get(k, 0) * rows.get(i, 0)
                      + probe.weights().get(k, 1) * rows.get(i, 1)
                      + probe.bias()[k]
                      - (labels[i] == k ? 1 : 0);
              products[k] += error / labels.length;
              products[3 + k] += error * rows.get(i, 0) / labels.length;
              products[6 + k] += error * rows.get(i, 1) / labels.length;
            }
          }
        });
    assertTrue(
        Arrays.stream(products).allMatch(p -> Math.abs(p) < 1e-5), Arrays.toString(products));
  }

  @Test
  void whatNearestMeansKnowALeastSquaresFitMayNot() {
    FeatureArray train = sample(500, 9);
    FeatureArray test = sample(200, 9);
    ClassMoments moments = moments(train);
    Accuracy nearest = LinearProbe.nearestMean(moments).accuracy(test, BLAS);
    Accuracy linear = LinearProbe.leastSquares(moments, BLAS).accuracy(test, BLAS);
    assertTrue(nearest.share() > 0.85, "nearest " + nearest);
    assertTrue(linear.share() < 0.72, "masked by its neighbours: " + linear);
    assertEquals(600, linear.samples());
  }

  @Test
  void aClassWithoutSamplesIsNeverChosen() {
    FeatureArray table = FeatureArray.of(new double[] {0, 1, 10, 11}, new int[] {0, 0, 2, 2}, 1);
    ClassMoments moments = moments(table);
    assertEquals(new Accuracy(4, 4), LinearProbe.nearestMean(moments).accuracy(table, BLAS));
    assertEquals(new Accuracy(4, 4), LinearProbe.leastSquares(moments, BLAS).accuracy(table, BLAS));
  }

  @Test
  void aurocCountsPairsAndFpr95WhatItsThresholdLetsThrough() {
    double[] inside = {0, 1, 1, 2};
    double[] outside = {1, 3, 0};
    double pairs = 0;
    for (double in : inside) {
      for (double out : outside) {
        pairs += out > in ? 1 : out == in ? 0.5 : 0;
      }
    }
    assertEquals(pairs / 12, Detection.of(inside, outside).auroc(), SAME);
    assertEquals(2 / 3.0, Detection.of(inside, outside).fpr95(), SAME); // threshold 2
    assertEquals(new Detection(0.5, 1), Detection.of(new double[] {1}, new double[] {1}));
    assertThrows(InvalidInputException.class, () -> Detection.of(new double[0], new double[] {1}));
    assertThrows(
        InvalidInputException.class,
        () -> Detection.of(new double[] {Double.NaN}, new double[] {1}));
  }

  @Test
  void outliersAreFarFromEveryClassInItsOwnSpread() {
    FeatureArray train = sample(400, 9);
    Outliers outliers = new Outliers(moments(train), BLAS);
    double[][] scores =
        outliers.scores(FeatureArray.of(new double[] {0, 6, 4.5, 0}, new int[2], 2), BLAS);
    assertEquals(4, scores[0][0], 0.5); // two deviations of 3
    assertEquals(4.5 * 4.5, scores[0][1], 2.5); // half the way to a mean, of deviation 1
    List<Measurement> same = outliers.measurements(train, sample(400, 9), BLAS);
    assertEquals(0.5, value(same.get(0)), 0.06);
    assertEquals(0.95, value(same.get(1)), 0.03);
    FeatureArray far = sample(100, 9);
    double[] moved = new double[600];
    TableRows.each(
        far,
        (rows, labels) -> {
          for (int i = 0; i < moved.length; i++) {
            moved[i] = rows.at(i) + (i % 2 == 1 ? 40 : 0);
          }
        });
    List<Measurement> found =
        outliers.measurements(train, FeatureArray.of(moved, new int[300], 2), BLAS);
    assertEquals(1, value(found.get(0)), SAME);
    assertEquals(0, value(found.get(1)), SAME);
    assertEquals(
        List.of(
            "nc5_mahalanobis_auroc", "nc5_mahalanobis_fpr95", "nc5_neco_auroc", "nc5_neco_fpr95"),
        found.stream().map(Measurement::id).toList());
  }

  @Test
  void necoIsWhatThePrincipalDirectionsMiss() {
    // The first coordinate alone holds 90% of the variance.
    FeatureArray train =
        FeatureArray.of(new double[] {-10, 1, 10, -1, -10, -1, 10, 1}, new int[] {0, 1, 0, 1}, 2);
    Outliers outliers = new Outliers(moments(train), BLAS);
    double[][] scores =
        outliers.scores(FeatureArray.of(new double[] {3, 4, 5, 0}, new int[2], 2), BLAS);
    assertEquals(1 - 3 / 5.0, scores[1][0], SAME);
    assertEquals(0, scores[1][1], SAME);
  }

  private static double value(Measurement measurement) {
    return ((Measurement.Defined) measurement).value();
  }
}

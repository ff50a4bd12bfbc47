package dev.collapsar.classes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.classes.ClassArrays.Kernel;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.NpyOutput.Named;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.DualGeometry;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Vectors over classes and grids over pairs: metrics are their means and variances. */
class ClassArraysTest {
  private static final double SAME = 1e-12;
  private static final int CLASSES = 5;
  private static final int WIDTH = 4;

  private final MeasuredCollapse measured = measured(new int[] {9, 4, 6, 3, 8});
  private final CollapseReport report = measured.report();
  private final ClassArrays arrays = ClassArrays.of(measured);

  private static MeasuredCollapse measured(int[] counts) {
    SplittableRandom random = new SplittableRandom(2);
    int rows = Arrays.stream(counts).sum();
    double[] means = random.doubles(CLASSES * WIDTH, -3, 3).toArray();
    double[] values = new double[rows * WIDTH];
    int[] labels = new int[rows];
    int row = 0;
    for (int k = 0; k < CLASSES; k++) {
      for (int i = 0; i < counts[k]; i++, row++) {
        labels[row] = k;
        for (int j = 0; j < WIDTH; j++) {
          values[row * WIDTH + j] = means[k * WIDTH + j] + random.nextGaussian();
        }
      }
    }
    return Collapse.of(FeatureArray.of(values, labels, WIDTH), CLASSES)
        .withWeights(Matrix.of(CLASSES, WIDTH, means))
        .measured(Metrics.collapse());
  }

  @Test
  void metricsAreTheirMeansAndVariances() {
    assertEquals(report.value(MeansGeometry.NC2_NORMS_MEAN), mean(arrays.meanNorms()), SAME);
    assertEquals(
        Math.log(arrays.meanNorms()[2]), arrays.meanNorms(Math::sqrt, Math::log)[2] * 2, SAME);
    assertEquals(report.value(DualGeometry.NC3_COS_MEAN), mean(arrays.similarities(true)), SAME);
    assertEquals(report.value(DualGeometry.NC3_DIST_MEAN), mean(arrays.distances(true)), SAME);
    assertEquals(
        report.value(DualGeometry.NC3U_UNI_DUAL),
        ClassArrays.sampleVariance(arrays.similarities(false)),
        1e-9);
    assertEquals(
        report.value(MeansGeometry.NC1_CDNV),
        mean(above(arrays.distanceNormalisedVariances(1))),
        SAME);
    assertEquals(
        report.value(MeansGeometry.NC2G_DIST_MEAN),
        mean(above(arrays.kernel(Kernel.DISTANCE))),
        SAME);
    assertEquals(
        report.value(MeansGeometry.NC2G_LOG_MEAN),
        mean(above(arrays.kernel(Kernel.LOGARITHM))),
        SAME);
    assertEquals(
        report.value(MeansGeometry.NC2G_RIESZ_MEAN),
        mean(above(arrays.kernel(Kernel.RIESZ))),
        SAME);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double[] above(Matrix grid) {
    double[] values = new double[CLASSES * (CLASSES - 1) / 2];
    int at = 0;
    for (int i = 0; i < CLASSES; i++) {
      for (int j = i + 1; j < CLASSES; j++) {
        assertEquals(grid.get(i, j), grid.get(j, i));
        values[at++] = grid.get(i, j);
      }
    }
    return values;
  }

  @Test
  void theStructureErrorIsThatOfAnyTwoMatrices() {
    Matrix centred = centred();
    assertEquals(
        report.value(MeansGeometry.NC2_ETF_ERR),
        ClassArrays.structureError(centred, centred),
        SAME);
    assertEquals(
        report.value(DualGeometry.NC3_DUAL_ERR),
        ClassArrays.structureError(measured.weights().orElseThrow(), centred),
        SAME);
    assertArrayEquals(
        Blas.reference().timesTransposed(centred, centred).toArray(),
        arrays.interference().toArray(),
        SAME);
    assertThrows(
        InvalidInputException.class,
        () -> ClassArrays.structureError(centred, Matrix.zeros(CLASSES, WIDTH + 1)));
  }

  private Matrix centred() {
    double[] values = measured.moments().means().toArray();
    for (int j = 0; j < WIDTH; j++) {
      double mean = 0;
      for (int k = 0; k < CLASSES; k++) {
        mean += values[k * WIDTH + j] / CLASSES;
      }
      for (int k = 0; k < CLASSES; k++) {
        values[k * WIDTH + j] -= mean;
      }
    }
    return Matrix.of(CLASSES, WIDTH, values);
  }

  @Test
  void withoutWeightsThereIsWhatNeedsNone() {
    ClassArrays alone =
        ClassArrays.of(Collapse.of(measured.moments()).measured(Metrics.collapse()));
    List<String> names = alone.named(1).stream().map(Named::name).toList();
    assertTrue(names.contains("kernel_riesz") && !names.contains("cosines"), names.toString());
    assertThrows(InvalidInputException.class, () -> alone.similarities(true));
  }

  @Test
  void imbalancedClassesAreShownByHalves() {
    List<Measurement> halves = ClassHalves.of(measured);
    assertEquals(10, halves.size());
    double[] v = arrays.variances();
    assertEquals((v[0] + v[4] + v[2]) / 3, value(halves, "majority_spread"), SAME);
    assertEquals((v[1] + v[3]) / 2, value(halves, "minority_spread"), SAME);
    Matrix interference = arrays.interference();
    double[] norms = arrays.meanNorms();
    assertEquals(
        interference.get(1, 3) / (norms[1] * norms[3]), value(halves, "minority_cos_pairs"), SAME);
    double[] cosines = arrays.similarities(true);
    assertEquals((cosines[1] + cosines[3]) / 2, value(halves, "minority_cos_weights"), SAME);
    assertTrue(value(halves, "majority_nearest_mean") > 0.7);
    assertEquals(List.of(), ClassHalves.of(measured(new int[] {6, 6, 6, 6, 6})));
  }

  private static double value(List<Measurement> all, String id) {
    return all.stream()
        .filter(one -> one.id().equals(id))
        .map(one -> ((Measurement.Defined) one).value())
        .findFirst()
        .orElseThrow();
  }
}

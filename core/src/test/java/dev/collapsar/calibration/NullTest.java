package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import dev.collapsar.metric.Alignment;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metric;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Axis;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassDirections;
import dev.collapsar.stats.ClassDirections.Overlap;
import dev.collapsar.update.PermutedLabels;
import dev.collapsar.update.RandomSubspaces;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NullTest {
  @Test
  void randomSubspacesScoreWhatTheoryExpects() {
    int width = 40;
    int draws = 2000;
    ClassDirections means = ClassDirections.centred(gaussian(5, width, 4)).orElseThrow();
    for (int r : new int[] {1, 3, 12}) {
      Matrix v = SingularVectors.of(gaussian(r, width, 5), Blas.reference()).right();
      Map<Metric<Alignment>, NullSample> random =
          RandomSubspaces.ofSpace()
              .samples(Alignment.of(means, v), draws, new Seed(5), Alignment.METRICS);
      within(random.get(Alignment.PROJECTION), (double) r / width);
      // Gamma(20) / (sqrt(pi) Gamma(20.5)), where Gamma(20.5) / Gamma(20) = 4.444275.
      within(random.get(Alignment.COS_ABS), 1 / (Math.sqrt(Math.PI) * 4.444275));
    }
  }

  /** Five standard errors of the draws' mean. */
  private static void within(NullSample sample, double expected) {
    double error = sample.sampleStd() / Math.sqrt(sample.count());
    assertEquals(expected, sample.mean(), 5 * error, sample.toString());
  }

  @Test
  void theFirstAxesStandForAnySpan() {
    // The shortcut against the definition: subspaces drawn by someone else, held against the means.
    ClassDirections means = ClassDirections.centred(gaussian(4, 12, 6)).orElseThrow();
    double[] plain = new double[2000];
    for (int i = 0; i < plain.length; i++) {
      Matrix v = SingularVectors.of(gaussian(2, 12, 100 + i), Blas.reference()).right();
      plain[i] = means.overlap(v).angleMax();
    }
    NullSample slow = new NullSample("directly", plain);
    NullSample fast =
        RandomSubspaces.ofSpace()
            .samples(
                Alignment.of(
                    means, SingularVectors.of(gaussian(2, 12, 7), Blas.reference()).right()),
                plain.length,
                new Seed(7),
                List.of(Alignment.ANGLE_MAX))
            .get(Alignment.ANGLE_MAX);
    double error = Math.hypot(slow.sampleStd(), fast.sampleStd()) / Math.sqrt(2000);
    assertEquals(slow.mean(), fast.mean(), 5 * error);
    assertEquals(slow.sampleStd(), fast.sampleStd(), 0.15 * slow.sampleStd());
  }

  @Test
  void shufflesKeepTheNumberOfSamplesAClass() {
    // Two classes of two samples each: their shuffled means are those of one of three splits.
    FeatureArray features = FeatureArray.of(new float[] {0, 1, 3, 7}, new int[] {0, 0, 1, 1}, 1);
    PermutedLabels drawn = PermutedLabels.draw(features, 2, 60, new SplittableRandom(8));
    assertEquals(60, drawn.kept().size());
    drawn
        .kept()
        .forEach(
            directions ->
                assertEquals(
                    new Overlap(1, 1, 0), directions.overlap(Matrix.of(1, 1, new double[] {1}))));
  }

  @Test
  void aNullWithoutSpreadHasNoZ() {
    MetricInfo x = MetricInfo.of("x", "X", MetricInfo.Group.OTHER, "").rising("");
    List<Measurement> columns =
        NullColumns.of(x).of(Measurement.of(x, 1), new NullSample("nothing", new double[] {2, 2}));
    assertEquals(
        List.of("x_null_mean", "x_null_std", "x_z", "x_p"),
        columns.stream().map(Measurement::id).toList());
    assertEquals(
        "all draws of the null are equal", ((Measurement.Undefined) columns.get(2)).reason());
    assertEquals(1, ((Measurement.Defined) columns.get(3)).value());
    assertEquals("2 draws of nothing", ((Measurement.Defined) columns.get(3)).note());
  }

  @Test
  void besideAnUndefinedNumberChanceStillStands() {
    MetricInfo x = MetricInfo.unknown("x");
    List<Measurement> columns =
        NullColumns.of(x)
            .of(
                Measurement.undefined(x, "no step was taken"),
                new NullSample("nothing", new double[] {1, 3}));
    assertEquals(2, ((Measurement.Defined) columns.get(0)).value());
    assertEquals("no step was taken", ((Measurement.Undefined) columns.get(3)).reason());
  }

  @Test
  void aColumnSaysWhatItIsOf() {
    MetricInfo first = NullColumns.of(Alignment.PROJECTION.info()).info(Column.MEAN);
    assertTrue(first.isOf("align_projection", Column.MEAN));
    assertEquals("Means inside the adapter: chance", first.title());
    assertEquals(Axis.LOG, NullColumns.of(Alignment.PROJECTION.info()).info(Column.P).axis());
    MetricInfo further =
        NullColumns.of(Alignment.PROJECTION.info(), "shuffled", "shuffled labels").info(Column.STD);
    assertEquals("align_projection_shuffled_null_std", further.id());
    assertFalse(further.isOf("align_projection", Column.STD));
  }

  @Test
  void subspacesAreDrawnOnceForAllVectorsOfTheSameRank() {
    ClassDirections means = ClassDirections.centred(gaussian(4, 12, 6)).orElseThrow();
    ClassDirections others = ClassDirections.centred(gaussian(4, 12, 9)).orElseThrow();
    Matrix v = SingularVectors.of(gaussian(2, 12, 7), Blas.reference()).right();
    RandomSubspaces kept = RandomSubspaces.ofSpace();
    kept.samples(Alignment.of(others, v), 20, new Seed(3), Alignment.METRICS);
    assertEquals(
        RandomSubspaces.ofSpace()
            .samples(Alignment.of(means, v), 20, new Seed(3), Alignment.METRICS),
        kept.samples(Alignment.of(means, v), 20, new Seed(3), Alignment.METRICS));
  }

  private static Matrix gaussian(int rows, int columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return Matrix.of(
        rows,
        columns,
        java.util.stream.DoubleStream.generate(random::nextGaussian)
            .limit(rows * columns)
            .toArray());
  }
}

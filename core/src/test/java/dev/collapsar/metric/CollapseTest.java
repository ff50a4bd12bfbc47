package dev.collapsar.metric;

import static dev.collapsar.metric.DualGeometry.NC3U_UNI_DUAL;
import static dev.collapsar.metric.DualGeometry.NC3_COS_MEAN;
import static dev.collapsar.metric.DualGeometry.NC3_DUAL_ERR;
import static dev.collapsar.metric.DualGeometry.NC3_FROBENIUS;
import static dev.collapsar.metric.FeatureRanks.RANK_EFFECTIVE_95;
import static dev.collapsar.metric.FeatureRanks.RANK_EFFECTIVE_99;
import static dev.collapsar.metric.FeatureRanks.RANK_ENTROPY;
import static dev.collapsar.metric.MeansGeometry.NC1_CDNV;
import static dev.collapsar.metric.MeansGeometry.NC2G_DIST;
import static dev.collapsar.metric.MeansGeometry.NC2G_DIST_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2G_LOG;
import static dev.collapsar.metric.MeansGeometry.NC2G_RIESZ;
import static dev.collapsar.metric.MeansGeometry.NC2G_RIESZ_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_COHERENCE_MEANS;
import static dev.collapsar.metric.MeansGeometry.NC2_ETF_ERR;
import static dev.collapsar.metric.MeansGeometry.NC2_NORMS_MEAN;
import static dev.collapsar.metric.MeansGeometry.NC2_NORM_COV_MEANS;
import static dev.collapsar.metric.NearestMean.NC4_AGREE;
import static dev.collapsar.metric.NearestMean.NC4_MISMATCH;
import static dev.collapsar.metric.OutOfDistribution.NC5_OOD_DEV;
import static dev.collapsar.metric.WithinClass.NC1_PINV;
import static dev.collapsar.metric.WithinClass.NC1_QUOT;
import static dev.collapsar.metric.WithinClass.NC1_SVD;
import static dev.collapsar.metric.WithinClass.NC1_TRACE;
import static dev.collapsar.metric.WithinClass.NC1_VCI;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CollapseTest {
  private static final Sample CLUSTERS = Sample.clusters(5000, 12, 6, 0.5, 1, 1, 2);

  /** A simplex with orthogonal noise in two classes: everything can be worked out by hand. */
  private static final FeatureArray BY_HAND =
      Sample.of(
              new int[] {0, 0, 1, 1},
              new double[] {1, 1},
              new double[] {1, -1},
              new double[] {-1, 2},
              new double[] {-1, -2})
          .doubles();

  @Test
  void twoClassesByHand() {
    CollapseReport report =
        Collapse.of(BY_HAND, 2)
            .withWeights(Matrix.of(2, 2, 2.0, 0, -2, 0))
            .withBias(new double[] {0, 0})
            .measure(Metrics.collapse());
    assertEquals(0, report.value(NC1_TRACE), "the noise is orthogonal to the means");
    assertEquals(2.5, report.value(NC1_QUOT), 1e-15, "tr S_W = (1 + 4) / 2, tr S_B = 1");
    assertEquals(2.5 / 4, report.value(NC1_CDNV), 1e-15);
    assertEquals(0, report.value(NC1_VCI), 1e-15);
    assertEquals(0, report.value(NC2_ETF_ERR), 1e-15);
    assertEquals(0, report.value(NC2_COHERENCE_MEANS), 1e-15);
    assertEquals(2, report.value(NC2G_DIST_MEAN), 1e-15);
    assertEquals(0, report.value(NC3_FROBENIUS), 1e-30);
    assertEquals(1, report.value(NC4_AGREE));
    assertEquals(
        "needs out-of-distribution features",
        ((Measurement.Undefined) report.metrics().get(NC5_OOD_DEV)).reason());
    assertEquals(2, report.dimensions());
    assertEquals(4, report.samples());
  }

  @Test
  void byDefaultAllIsMeasuredThatTheInputsAllow() {
    Set<CollapseMetric> plain = Collapse.of(CLUSTERS.floats(), 6).measure().metrics().keySet();
    assertTrue(plain.contains(NC1_PINV));
    assertFalse(plain.contains(NC3_DUAL_ERR));
    assertFalse(plain.contains(RANK_ENTROPY));
    Set<CollapseMetric> more =
        Collapse.of(CLUSTERS.floats(), 6)
            .withWeights(Matrix.zeros(6, 12))
            .withOod(CLUSTERS.floats(), 6)
            .measure()
            .metrics()
            .keySet();
    Set<CollapseMetric> all = new LinkedHashSet<>(Metrics.collapse());
    all.removeAll(Metrics.spectral());
    assertEquals(all, more);
  }

  @Test
  void aCollapsedSetFarFromTheOriginKeepsEightDigitsOfNc1() {
    int rows = 3000;
    Sample near = Sample.clusters(rows, 16, 5, 1e-3, 30, 1, 2);
    SlowCollapse slow = new SlowCollapse(near, new int[] {0, 1, 2, 3, 4}, false, 1);
    for (CollapseMetric metric : new CollapseMetric[] {NC1_PINV, NC1_QUOT, NC1_CDNV}) {
      double expected = slow.values.get(metric);
      assertEquals(
          expected,
          Collapse.of(near.floats(), 5).measure(Set.of(metric)).value(metric),
          1e-9 * expected);
    }
  }

  /** Counts, not times: the moments take one reading, all else one more. */
  @ParameterizedTest
  @ValueSource(ints = {3000, 6000, 12_000})
  void noRowIsReadMoreThanTwice(int rows) {
    Sample sample = Sample.clusters(rows, 3, 4, 0.5, 0, 1, 2);
    Matrix weights = Matrix.of(4, 3, new double[12]);
    CountingTable train = new CountingTable(sample.floats());
    CountingTable test = new CountingTable(sample.floats());
    CountingTable ood = new CountingTable(sample.floats());
    Collapse collapse = Collapse.of(train, 4).withWeights(weights);
    collapse.measure(Metrics.collapse());
    assertEquals(2L * rows, train.read.getAndSet(0));
    collapse.withTest(test).withOod(ood, 4).measure();
    assertEquals(2L * rows, train.read.getAndSet(0));
    assertEquals(rows, test.read.get());
    assertEquals(rows, ood.read.get());
    collapse.measure(Set.of(NC1_CDNV, NC1_QUOT, NC2_ETF_ERR, NC3_DUAL_ERR));
    assertEquals(rows, train.read.getAndSet(0), "the moments suffice");
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    Sample sample = Sample.clusters(20_000, 9, 7, 0.5, 1, 1, 2);
    Matrix weights = Matrix.of(7, 9, sample.floatsOfFirst(7));
    for (boolean nativeToo : new boolean[] {false, true}) {
      CollapseReport one = withThreads(1, sample, weights, nativeToo);
      for (int threads : new int[] {2, 3, 8}) {
        assertEquals(one.metrics(), withThreads(threads, sample, weights, nativeToo).metrics());
      }
    }
  }

  private static CollapseReport withThreads(
      int threads, Sample sample, Matrix weights, boolean nativeToo) {
    Collapse collapse =
        Collapse.of(sample.floats(), 7)
            .withWeights(weights)
            .withOptions(CollapseOptions.defaults().withThreads(threads).withTileSize(2));
    try (Blas blas = nativeToo ? Blas.open(1) : Blas.reference()) {
      return collapse.measure(Metrics.collapse(), blas);
    }
  }

  @Test
  void nativeMemoryIsAllGivenBack() {
    Collapse collapse =
        Collapse.of(CLUSTERS.floats(), 6)
            .withWeights(Matrix.zeros(6, 12))
            .withOod(CLUSTERS.floats(), 6);
    try (Blas blas = Blas.open(2)) {
      long before = Pointer.totalBytes();
      collapse.measure(Metrics.collapse(), blas);
      assertEquals(before, Pointer.totalBytes());
      Collapse bad =
          Collapse.of(CLUSTERS.floats(), 6).withWeights(Matrix.zeros(6, 12)).withTest(nan());
      assertThrows(InvalidInputException.class, () -> bad.measure(Metrics.collapse(), blas));
      assertEquals(before, Pointer.totalBytes(), "after a failure");
    }
  }

  private static FeatureTable nan() {
    float[] values = new float[5000 * 12];
    values[4000 * 12] = Float.NaN;
    return FeatureArray.of(values, new int[5000], 12);
  }

  @Test
  void theFirstBadRowIsNamedWhicheverThreadMeetsOneFirst() {
    float[] values = new float[100_000 * 2];
    values[2 * 60_000] = Float.NaN;
    values[2 * 70_000 + 1] = Float.NaN;
    FeatureArray table = FeatureArray.of(values, new int[100_000], 2);
    for (int i = 0; i < 20; i++) {
      var error = assertThrows(InvalidInputException.class, () -> Collapse.of(table, 2).measure());
      assertEquals(
          "row 60000 has NaN at feature 0, where a finite number is needed", error.getMessage());
    }
  }

  @Test
  void aClassNeverSeenIsLeftOutAndSaid() {
    Sample five = Sample.clusters(300, 4, 5, 0.5, 0, 1, 2);
    Matrix weights = Matrix.of(7, 4, new SplittableRandom(5).doubles(28).toArray());
    Collapse collapse = Collapse.of(five.floats(), 7).withWeights(weights);
    CollapseReport seen = collapse.measure();
    CollapseReport asked =
        collapse.withOptions(CollapseOptions.defaults().withMinimumSamples(1)).measure();
    double alone = Collapse.of(five.floats(), 5).measure().value(NC1_PINV);
    assertEquals(5, seen.classesMeasured());
    assertEquals(alone, seen.value(NC1_PINV), 1e-15);
    assertEquals(alone, asked.value(NC1_PINV), 1e-15);
    assertTrue(
        ((Measurement.Defined) seen.metrics().get(NC1_PINV))
            .note()
            .endsWith("; of the 5 of 7 classes that have samples (--min-samples 1)"));
    assertTrue(seen.metrics().get(NC4_AGREE) instanceof Measurement.Defined);
  }

  @Test
  void weightsAloneNeedNoSamples() {
    Matrix weights = Matrix.of(3, 2, 3.0, 0, 0, 4, 0, 5);
    CollapseReport report =
        Collapse.of(FeatureArray.of(new float[0], new int[0], 2), 3)
            .withWeights(weights)
            .measure(Set.of(DualGeometry.NC2_NORM_COV_WEIGHTS, NC1_PINV));
    assertEquals(0.25, report.value(DualGeometry.NC2_NORM_COV_WEIGHTS), 1e-15);
    assertUndefined("class 0 has no samples", report.metrics().get(NC1_PINV));
  }

  @Test
  void classesWithMoreSamplesThanAskedForAreLeftOut() {
    Sample sample =
        Sample.of(
            new int[] {0, 0, 1, 2, 2, 2},
            new double[] {1, 0},
            new double[] {2, 0},
            new double[] {0, 3},
            new double[] {9, 9},
            new double[] {8, 8},
            new double[] {7, 7});
    Collapse collapse = Collapse.of(sample.doubles(), 3);
    CollapseReport report =
        collapse.withOptions(CollapseOptions.defaults().withMaximumSamples(2)).measure();
    assertEquals(2, report.classesMeasured());
    assertRefused(
        "maximum samples must be at least the minimum 3, got 2",
        () -> CollapseOptions.defaults().withMinimumSamples(3).withMaximumSamples(2));
  }

  @Test
  void oneClassHasNothingToCompare() {
    FeatureArray table = Sample.clusters(30, 4, 1, 0.5, 0, 1, 2).floats();
    CollapseReport report =
        Collapse.of(table, 1)
            .withWeights(Matrix.of(1, 4, 1.0, 2, 3, 4))
            .withOod(table, 1)
            .measure(Metrics.collapse());
    Set<CollapseMetric> defined =
        Set.of(
            NC2_NORMS_MEAN,
            NC4_AGREE,
            NC4_MISMATCH,
            NC5_OOD_DEV,
            RANK_EFFECTIVE_95,
            RANK_EFFECTIVE_99,
            RANK_ENTROPY);
    report
        .metrics()
        .forEach(
            (metric, found) ->
                assertEquals(
                    defined.contains(metric), found instanceof Measurement.Defined, "" + found));
    assertEquals(1, report.value(NC5_OOD_DEV), 1e-12);
  }

  @Test
  void coincidingMeansAreNamed() {
    Sample sample =
        Sample.of(
            new int[] {0, 1, 2, 3},
            new double[] {1, 0, 2},
            new double[] {0, 3, 1},
            new double[] {1, 0, 2},
            new double[] {-1, 0, 0});
    CollapseReport report = Collapse.of(sample.doubles(), 4).measure();
    assertUndefined("the means of classes 0 and 2 coincide", report.metrics().get(NC1_CDNV));
    assertUndefined(
        "the centred means of classes 0 and 2 have the same direction",
        report.metrics().get(NC2G_LOG));
    assertUndefined(
        "the centred means of classes 0 and 2 have the same direction",
        report.metrics().get(NC2G_RIESZ_MEAN));
    assertTrue(report.metrics().get(NC2G_DIST) instanceof Measurement.Defined);
    assertTrue(
        report.metrics().get(NC1_SVD) instanceof Measurement.Undefined, "rank 2 of the 3 it keeps");
    assertEquals(0, report.value(NC1_PINV), "each class was seen once");
  }

  @Test
  void allMeansAtOnePointHaveNoGeometry() {
    Sample sample =
        Sample.of(
            new int[] {0, 1, 0, 1},
            new double[] {1, 1},
            new double[] {1, 3},
            new double[] {1, 3},
            new double[] {1, 1});
    CollapseReport report =
        Collapse.of(sample.doubles(), 2)
            .withWeights(Matrix.of(2, 2, 1.0, 0, 0, 1))
            .measure(Metrics.collapse());
    for (CollapseMetric metric :
        new CollapseMetric[] {
          NC1_PINV,
          NC1_QUOT,
          NC1_CDNV,
          NC1_VCI,
          NC2_ETF_ERR,
          NC2_NORM_COV_MEANS,
          NC2G_DIST,
          NC3_DUAL_ERR,
          NC3_FROBENIUS
        }) {
      assertUndefined("all class means coincide", report.metrics().get(metric));
    }
    assertEquals(0, report.value(NC2_NORMS_MEAN));
  }

  @Test
  void weightsOfZeroHaveNoDirection() {
    CollapseReport report =
        Collapse.of(CLUSTERS.floats(), 6).withWeights(Matrix.zeros(6, 12)).measure();
    assertUndefined("the weights are zero", report.metrics().get(NC3_FROBENIUS));
    assertUndefined("the weights of class 0 are zero", report.metrics().get(NC3_COS_MEAN));
    assertEquals(0, report.value(NC3U_UNI_DUAL));
  }

  /** Two classes are at chord 2, and 2^-3998 is below 1e-308: that is said, not reported as 0. */
  @Test
  void aKernelThatUnderflowsSaysHowSmallItIs() {
    Sample wide = Sample.clusters(12, 4000, 2, 0.1, 0, 1, 2);
    CollapseReport report = Collapse.of(wide.floats(), 2).measure();
    assertUndefined(
        "underflows a double: its decimal logarithm is -1203.5179",
        report.metrics().get(NC2G_RIESZ_MEAN));
    assertEquals(0, report.value(NC2G_RIESZ), "of one pair");
  }

  @Test
  void theRankAndItsToleranceAreReported() {
    Measurement found = Collapse.of(CLUSTERS.floats(), 6).measure().metrics().get(NC1_PINV);
    assertEquals(
        "rank 5 of S_B at relative tolerance 2.7e-15", ((Measurement.Defined) found).note());
    CollapseReport coarse =
        Collapse.of(CLUSTERS.floats(), 6)
            .withOptions(CollapseOptions.defaults().withRankTolerance(0.9))
            .measure(Set.of(NC1_PINV, NC1_SVD));
    assertEquals(
        "rank 1 of S_B at relative tolerance 0.90",
        ((Measurement.Defined) coarse.metrics().get(NC1_PINV)).note());
    assertUndefined(
        "keeps K-1 = 5 eigenpairs; rank 1 of S_B at relative tolerance 0.90",
        coarse.metrics().get(NC1_SVD));
    assertNull(((Measurement.Defined) coarseless()).note());
  }

  private static Measurement coarseless() {
    return Collapse.of(CLUSTERS.floats(), 6).measure().metrics().get(NC1_CDNV);
  }

  @Test
  void momentsOfMergedPartsMeasureAsTheFeaturesDo() {
    Set<CollapseMetric> all = new LinkedHashSet<>(Metrics.collapse());
    Collapse features =
        Collapse.of(CLUSTERS.doubles(), 6)
            .withWeights(Matrix.of(6, 12, CLUSTERS.floatsOfFirst(6)))
            .withTest(CLUSTERS.floats());
    try (var first = new ClassMomentsAccumulator(6, 12, Blas.reference());
        var second = new ClassMomentsAccumulator(6, 12, Blas.reference());
        BatchSource source = CLUSTERS.floats().read(700)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        (batch.firstRow() < 3000 ? first : second).add(batch);
      }
      first.merge(ClassMoments.fromBytes(second.snapshot().toBytes()));
      Collapse moments =
          Collapse.of(first.snapshot())
              .withWeights(Matrix.of(6, 12, CLUSTERS.floatsOfFirst(6)))
              .withTest(CLUSTERS.floats());
      CollapseReport expected = features.measure(all);
      moments
          .measure(all)
          .metrics()
          .forEach(
              (metric, found) -> {
                if (found instanceof Measurement.Defined defined) {
                  double value = expected.value(metric);
                  assertEquals(value, defined.value(), 1e-10 * Math.abs(value), metric.id());
                } else {
                  assertEquals(NC5_OOD_DEV, metric);
                }
              });
    }
  }

  @Test
  void momentsWithoutScatterSayWhatTheyCannotTell() {
    try (var accumulator = new ClassMomentsAccumulator(6, 12);
        BatchSource source = CLUSTERS.floats().read(5000)) {
      accumulator.add(source.next());
      CollapseReport report =
          Collapse.of(accumulator.snapshot())
              .withWeights(Matrix.of(6, 12, CLUSTERS.floatsOfFirst(6)))
              .measure();
      String scatter = "needs the features, or moments with the scatter of the measured classes";
      assertUndefined(scatter, report.metrics().get(NC1_PINV));
      assertUndefined("needs features to decide on", report.metrics().get(NC4_AGREE));
      assertTrue(report.metrics().get(NC1_CDNV) instanceof Measurement.Defined);
      assertEquals(5000, report.samples());
    }
  }

  @Test
  void aSubsetWithoutTestSamplesHasNoAgreement() {
    Collapse collapse =
        Collapse.of(CLUSTERS.floats(), 6)
            .withWeights(Matrix.zeros(6, 12))
            .withTest(FeatureArray.of(new float[24], new int[] {0, 1}, 12));
    assertUndefined(
        "class 2 has no test samples",
        collapse
            .withOptions(
                CollapseOptions.defaults().withAveraging(CollapseOptions.Averaging.CLASSES))
            .measure()
            .metrics()
            .get(NC4_AGREE));
    assertUndefined(
        "the measured classes have no test samples",
        collapse
            .withOptions(CollapseOptions.defaults().withClasses(Set.of(4, 5)))
            .measure()
            .metrics()
            .get(NC4_MISMATCH));
  }

  @Test
  void inputsThatDoNotFitAreRefusedInOneLine() {
    Collapse collapse = Collapse.of(CLUSTERS.floats(), 6);
    assertRefused(
        "weights are 5 x 12, but 6 classes and features of width 12 need 6 x 12",
        () -> collapse.withWeights(Matrix.zeros(5, 12)));
    assertRefused(
        "weights hold NaN at position 1",
        () -> Collapse.of(BY_HAND, 1).withWeights(Matrix.of(1, 2, 0.0, Double.NaN)));
    assertRefused(
        "the bias has 2 values, but there are 6 classes", () -> collapse.withBias(new double[2]));
    assertRefused(
        "test features have width 2, but the training features have 12",
        () -> collapse.withTest(BY_HAND));
    assertRefused("classes must be 1 or more, got 0", () -> Collapse.of(BY_HAND, 0));
    assertRefused(
        "class 6 of the subset is not in 0..5",
        () -> collapse.withOptions(CollapseOptions.defaults().withClasses(Set.of(1, 6))));
    assertRefused("no metric is asked for", () -> collapse.measure(Set.of()));
    assertRefused(
        "distance exponent must be positive and finite, got 0.0",
        () -> CollapseOptions.defaults().withDistExponent(0));
    assertRefused(
        "tile size must be 1 or more, got 0", () -> CollapseOptions.defaults().withTileSize(0));
    assertRefused(
        "features of 2 labels and width 3 need 6 values, got 5",
        () -> FeatureArray.of(new float[5], new int[2], 3));
  }

  @Test
  void noSamplesAtAllIsSaid() {
    CollapseReport report = Collapse.of(FeatureArray.of(new float[0], new int[0], 3), 2).measure();
    assertUndefined("class 0 has no samples", report.metrics().get(NC1_PINV));
    assertEquals(0, report.samples());
  }

  @Test
  void anUndefinedValueIsNotANumber() {
    CollapseReport report = Collapse.of(CLUSTERS.floats(), 6).measure(Set.of(NC3_DUAL_ERR));
    var error = assertThrows(IllegalStateException.class, () -> report.value(NC3_DUAL_ERR));
    assertEquals("nc3_dual_err is undefined: needs the classifier's weights", error.getMessage());
    assertThrows(IllegalStateException.class, () -> report.value(NC1_PINV));
  }

  @ParameterizedTest
  @MethodSource("dev.collapsar.metric.Metrics#collapse")
  void everyMetricIsFoundByItsName(CollapseMetric metric) {
    assertEquals(metric, Metrics.named(metric.id()));
  }

  @Test
  void anUnknownMetricIsAnsweredWithTheNearest() {
    var error = assertThrows(InvalidInputException.class, () -> Metrics.named("nc1_pinw"));
    assertTrue(
        error.getMessage().startsWith("unknown metric nc1_pinw; nearest: nc1_pinv, "),
        error.getMessage());
    assertTrue(error.getMessage().contains("rank_entropy"));
  }

  private static void assertUndefined(String reason, Measurement found) {
    assertEquals(Measurement.undefined(found.info(), reason), found);
  }

  private static void assertRefused(
      String message, org.junit.jupiter.api.function.Executable action) {
    assertEquals(message, assertThrows(InvalidInputException.class, action).getMessage());
  }

  /** Counts the rows that are handed out. */
  private static final class CountingTable implements FeatureTable {
    final AtomicLong read = new AtomicLong();
    private final FeatureTable table;

    CountingTable(FeatureTable table) {
      this.table = table;
    }

    @Override
    public long rows() {
      return table.rows();
    }

    @Override
    public int width() {
      return table.width();
    }

    @Override
    public BatchSource read(long from, long to, int batchRows) {
      return table
          .read(from, to, batchRows)
          .map(
              batch -> {
                read.addAndGet(batch.rows());
                return batch;
              });
    }

    @Override
    public void close() {
      table.close();
    }
  }
}

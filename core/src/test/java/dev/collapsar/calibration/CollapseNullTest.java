package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.WithinClass;
import dev.collapsar.random.Seed;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The null by permuted labels, against golden/evidence/null-*. */
class CollapseNullTest {
  private static final List<String> CASES =
      List.of(
          "null-balanced", "null-imbalanced", "null-many-classes", "null-two-classes", "null-wide");

  private final Workers workers = new Workers(2);

  @AfterEach
  void close() {
    workers.close();
  }

  private static ClassMoments moments(FeatureArray table, int classes, boolean scatter) {
    try (ClassMomentsAccumulator sum =
            new ClassMomentsAccumulator(classes, table.width(), scatter ? Blas.reference() : null);
        BatchSource source = table.read(1 << 20)) {
      sum.add(source.next());
      return sum.snapshot();
    }
  }

  private static CollapseNull labels(EvidenceCase golden, boolean scatter) {
    FeatureArray table = golden.table();
    return CollapseNull.of(table, moments(table, golden.classes(), scatter))
        .withWeights(golden.matrix("weights"));
  }

  @TestFactory
  List<DynamicTest> everyDrawOfEveryNumberIsTheDefinitions() {
    return CASES.stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> agrees(EvidenceCase.of(name))))
        .toList();
  }

  private void agrees(EvidenceCase golden) {
    for (boolean scatter : new boolean[] {true, false}) {
      NullDraws draws = labels(golden, scatter).under(golden.permuted(), Blas.reference(), workers);
      for (var metric : golden.expected().get("metrics").properties()) {
        if (!metric.getKey().startsWith("nc4")) {
          agrees(metric.getKey(), metric.getValue(), draws);
        }
      }
    }
  }

  private static void agrees(String id, JsonNode expected, NullDraws draws) {
    boolean degenerate = expected.has("degenerate");
    double[] found = draws.values().get(id);
    for (int i = 0; i < found.length; i++) {
      double value = expected.get("null").get(i).asDouble();
      double tolerance = degenerate ? 1e-7 : Math.max(1e-12, 1e-9 * Math.abs(value));
      assertEquals(value, found[i], tolerance, id + " draw " + i);
    }
    ChanceLevel level = draws.level(id, expected.get("observed").asDouble()).orElseThrow();
    if (!degenerate) {
      summaryAgrees(expected, level, id);
    }
  }

  private static void summaryAgrees(JsonNode expected, ChanceLevel level, String id) {
    near(expected.get("null_mean"), level.mean(), id);
    near(expected.get("null_std"), level.std(), id);
    near(expected.get("null_median"), level.median(), id);
    assertEquals(expected.get("p_two_sided").asDouble(), level.p(), 1e-12, id);
    if (expected.has("log_z")) {
      near(expected.get("log_z"), level.z().orElseThrow(), id);
      near(expected.get("ratio_to_null_median"), level.ratioToMedian().orElseThrow(), id);
      level = new ChanceLevel(level.observed(), level.chance(), ChanceLevel.Spread.RAW);
    }
    near(expected.get("z"), level.z().orElseThrow(), id);
  }

  private static void near(JsonNode expected, double found, String what) {
    double value = expected.asDouble();
    assertEquals(value, found, Math.max(1e-12, 1e-9 * Math.abs(value)), what);
  }

  @Test
  void numbersThatNoLabellingChangesHaveALevelButNoScore() {
    EvidenceCase golden = EvidenceCase.of("null-wide");
    NullDraws draws = labels(golden, true).under(golden.permuted(), Blas.reference(), workers);
    ChanceLevel vci = draws.level("nc1_vci", 0).orElseThrow();
    assertTrue(vci.isConstant());
    assertEquals(0, vci.std());
    assertEquals(1, vci.p());
    assertEquals(OptionalDouble.empty(), vci.z());
    assertEquals("all 49 draws are 0.0", vci.noZ());
  }

  @Test
  void theScaleOfFeaturesAndWeightsChangesNoScore() {
    EvidenceCase golden = EvidenceCase.of("null-balanced");
    FeatureArray table = golden.table();
    double[] small = golden.matrix("features").toArray();
    Arrays.setAll(small, i -> Math.scalb(small[i], -60)); // exact: 1e-18
    FeatureArray scaled = FeatureArray.of(small, golden.labels(), table.width());
    Matrix weights = golden.matrix("weights");
    double[] least = weights.toArray();
    Arrays.setAll(least, i -> Math.scalb(least[i], -30));
    NullDraws draws = labels(golden, true).under(golden.permuted(), Blas.reference(), workers);
    NullDraws of =
        CollapseNull.of(scaled, moments(scaled, golden.classes(), true))
            .withWeights(Matrix.of(weights.rows(), weights.columns(), least))
            .under(golden.permuted(), Blas.reference(), workers);
    for (String id : List.of("nc2_norms_mean", "nc2_norms_std", "nc3u_uni_dual")) {
      double observed = golden.expected().get("metrics").get(id).get("observed").asDouble();
      ChanceLevel before = draws.level(id, observed).orElseThrow();
      int power = id.equals("nc3u_uni_dual") ? -180 : -60;
      ChanceLevel after = of.level(id, Math.scalb(observed, power)).orElseThrow();
      assertEquals(before.z().orElseThrow(), after.z().orElseThrow(), 1e-9, id);
      assertEquals(before.p(), after.p(), id);
      assertEquals(before.ratioToMedian(), after.ratioToMedian(), id);
    }
  }

  @Test
  void energiesOfAnySizeHaveASpread() {
    NullSample chance = new NullSample("chance", new double[] {1e-80, 2e-80, 4e-80});
    ChanceLevel level = ChanceLevel.of("nc2g_riesz_mean", 1e-80, chance, 0);
    assertFalse(level.isConstant());
    assertEquals(0.5, level.ratioToMedian().orElseThrow());
    assertTrue(ChanceLevel.of("nc2g_riesz_mean", 1e-80, chance).isConstant(), "of size 1");
  }

  @Test
  void aRatioOfZeroHasNoLogarithmButAP() {
    ChanceLevel level =
        ChanceLevel.of("nc1_quot", 0, new NullSample("chance", new double[] {1, 2, 3}));
    assertEquals(OptionalDouble.empty(), level.z());
    assertEquals(0.5, level.p());
    assertEquals(0.5, level.leastP());
    assertEquals(1.05, level.quantile(0.025));
  }

  @Test
  void tiesUpToRoundingCountOnBothSides() {
    double[] draws = {1, 1 + 1e-12, 2, 3, 4, 5, 6, 7, 8};
    NullSample chance = new NullSample("chance", draws);
    assertEquals(2 * 3.0 / 10, ChanceLevel.of("nc2_etf_err", 1, chance).p());
  }

  @Test
  void theSameSeedDrawsTheSameAndAnotherDoesNot() {
    EvidenceCase golden = EvidenceCase.of("null-balanced");
    CollapseNull labels = labels(golden, true);
    double[] first = quotients(labels, 7);
    assertArrayEquals(first, quotients(labels, 7));
    assertFalse(Arrays.equals(first, quotients(labels, 8)));
  }

  private double[] quotients(CollapseNull labels, long seed) {
    return labels.draw(19, new Seed(seed), Blas.reference(), workers).values().get("nc1_quot");
  }

  @Test
  void fewLabellingsAreAllTaken() {
    FeatureArray table =
        FeatureArray.of(new double[] {0, 1, 5, 7, 9, 20}, new int[] {0, 0, 1, 1, 0, 1}, 1);
    CollapseNull labels = CollapseNull.of(table, moments(table, 2, true));
    NullDraws draws = labels.draw(19, new Seed(1), Blas.reference(), workers);
    assertTrue(draws.exhaustive());
    assertEquals(19, draws.draws(), "6 over 3, less the labels themselves");
    NullDraws drawn = labels.draw(18, new Seed(1), Blas.reference(), workers);
    assertFalse(drawn.exhaustive());
    assertEquals(18, drawn.draws());
  }

  @Test
  void classesThatTakeNoPartChangeNothing() {
    double[] some = {0, 1, 5, 7, 2, 3};
    double[] more = {0, 1, 1000, 5, 7, 2, 3};
    FeatureArray few = FeatureArray.of(some, new int[] {0, 0, 1, 1, 0, 1}, 1);
    FeatureArray all = FeatureArray.of(more, new int[] {0, 0, 1, 2, 2, 0, 2}, 1);
    NullDraws expected =
        CollapseNull.of(few, moments(few, 2, true)).draw(9, new Seed(1), Blas.reference(), workers);
    NullDraws found =
        CollapseNull.of(all, moments(all, 3, true))
            .ofClasses(0, 2)
            .draw(9, new Seed(1), Blas.reference(), workers);
    assertArrayEquals(expected.values().get("nc1_quot"), found.values().get("nc1_quot"), 1e-12);
  }

  @Test
  void aNumberHasItsColumnsBesideIt() {
    NullDraws draws =
        new NullDraws(
            "permuted labels",
            4,
            false,
            Map.of("nc1_quot", new double[] {2, 1, 4}),
            Map.of(),
            OptionalDouble.empty());
    List<Measurement> columns =
        draws.columns(Measurement.of(WithinClass.NC1_QUOT.info(), 2 * Math.sqrt(2)));
    assertEquals(
        List.of(
            "nc1_quot_null_mean",
            "nc1_quot_null_std",
            "nc1_quot_null_median",
            "nc1_quot_null_low",
            "nc1_quot_null_high",
            "nc1_quot_null_ratio",
            "nc1_quot_z",
            "nc1_quot_p"),
        columns.stream().map(Measurement::id).toList());
    Measurement.Defined z = (Measurement.Defined) columns.get(6);
    assertEquals(0.5, z.value(), 1e-12);
    assertEquals("of the logarithm", z.note());
    Measurement.Defined p = (Measurement.Defined) columns.get(7);
    assertEquals(1, p.value());
    assertEquals("4 draws of permuted labels, 1 of them undefined; no p below 0.500", p.note());
  }

  @Test
  void oneClassAndTwoSamplesHaveNoNull() {
    FeatureArray one = FeatureArray.of(new double[] {0, 1}, new int[] {0, 0}, 1);
    assertEquals(
        "needs two classes", CollapseNull.of(one, moments(one, 1, true)).obstacle().orElseThrow());
    FeatureArray two = FeatureArray.of(new double[] {0, 1}, new int[] {0, 1}, 1);
    assertEquals(
        "the labels have fewer than two other orders",
        CollapseNull.of(two, moments(two, 2, true)).obstacle().orElseThrow());
  }

  @Test
  void theQuotientsLevelIsKnownFromTheClassSizesAlone() {
    assertEquals(1999.0 / 9 - 1, ClosedFormLevels.quot(balanced(10, 200)), 1e-9);
    assertEquals(1 - 256 / 1999.0, ClosedFormLevels.vci(2000, 256), 1e-12);
    assertEquals(0, ClosedFormLevels.vci(200, 256));
    assertEquals(0.070, ClosedFormLevels.etfError(10, 2000), 0.002);
    assertEquals(0.5, ClosedFormLevels.agreement(new long[] {5, 5}, new long[] {10, 0}), 1e-12);
  }

  private static long[] balanced(int classes, long each) {
    long[] counts = new long[classes];
    java.util.Arrays.fill(counts, each);
    return counts;
  }

  @Test
  void theThreadsAndTheLibraryDoNotShow() {
    EvidenceCase golden = EvidenceCase.of("null-imbalanced");
    try (Workers one = new Workers(1);
        Blas fast = Blas.open(1)) {
      double[] expected =
          labels(golden, true)
              .under(golden.permuted(), Blas.reference(), one)
              .values()
              .get("nc1_vci");
      double[] found =
          labels(golden, true).under(golden.permuted(), fast, workers).values().get("nc1_vci");
      assertArrayEquals(expected, found, 1e-12);
    }
  }
}

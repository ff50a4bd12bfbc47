package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Measurement;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Numbers corrected for sampling noise, and their intervals. */
class CorrectedNumbersTest {
  private static final Map<String, Function<NoiseCorrection, OptionalDouble>> FORMULAS =
      Map.ofEntries(
          Map.entry("noise_share", NoiseCorrection::noiseShare),
          Map.entry("nc1_quot_corrected", NoiseCorrection::quotient),
          Map.entry("nc1_cdnv_corrected", NoiseCorrection::distanceNormalised),
          Map.entry("nc2_norms_mean_corrected", NoiseCorrection::normsMean),
          Map.entry("nc2_norm_cov_means_corrected_first_order", of -> of.normCov(0)),
          Map.entry("nc3_cos_mean_corrected", NoiseCorrection::cosineMean),
          Map.entry("nc2_etf_err_corrected_first_order", of -> of.simplexError(0)),
          Map.entry("nc3_frobenius_corrected", NoiseCorrection::frobenius),
          Map.entry("nc1_vci_corrected", NoiseCorrection::variabilityIndex),
          Map.entry("trace_sigma_squared", NoiseCorrection::traceSigmaSquared),
          Map.entry("nc1_pinv_corrected", NoiseCorrection::pseudoInverse));

  private final Workers workers = new Workers(2);

  @AfterEach
  void close() {
    workers.close();
  }

  @TestFactory
  List<DynamicTest> rawFormulasAreTheDefinitions() {
    return List.of(
            "null-balanced",
            "null-imbalanced",
            "null-many-classes",
            "null-two-classes",
            "null-wide")
        .stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> agrees(EvidenceCase.of(name))))
        .toList();
  }

  private void agrees(EvidenceCase golden) {
    NoiseCorrection whole = correction(groups(golden, 1).whole(Blas.reference()), golden);
    JsonNode expected = golden.expected().get("corrected");
    FORMULAS.forEach(
        (id, formula) -> {
          OptionalDouble found = formula.apply(whole);
          if (expected.has(id)) {
            near(expected.get(id), found.orElseThrow(), id);
          } else if (!id.equals("trace_sigma_squared")) {
            assertTrue(found.isEmpty(), id + " is " + found);
          }
        });
    double smallest = Arrays.stream(whole.squaredDistances()).min().orElseThrow();
    near(expected.get("distance_squared_corrected_min"), smallest, "distance");
  }

  private static NoiseCorrection correction(ClassMoments moments, EvidenceCase golden) {
    return new NoiseCorrection(
        moments, Sampling.ofPopulation(), golden.matrix("weights"), Blas.reference());
  }

  private SampleGroups groups(EvidenceCase golden, int groups) {
    FeatureArray table = golden.table();
    int[] classes = IntStream.range(0, golden.classes()).toArray();
    return SampleGroups.read(
        table, moments(table, golden.classes()), classes, groups, true, Blas.reference(), workers);
  }

  private static ClassMoments moments(FeatureArray table, int classes) {
    try (ClassMomentsAccumulator sum =
            new ClassMomentsAccumulator(classes, table.width(), Blas.reference());
        BatchSource source = table.read(1 << 20)) {
      sum.add(source.next());
      return sum.snapshot();
    }
  }

  @TestFactory
  List<DynamicTest> leavingGroupsOutGivesTheDefinitionsReplicates() {
    return List.of("null-balanced", "null-many-classes", "null-wide").stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> replicates(EvidenceCase.of(name))))
        .toList();
  }

  private void replicates(EvidenceCase golden) {
    int count = golden.expected().get("jackknife_groups").asInt();
    SampleGroups groups = groups(golden, count);
    NoiseCorrection whole = correction(groups.whole(Blas.reference()), golden);
    List<NoiseCorrection> without =
        IntStream.range(0, count).mapToObj(g -> correction(without(groups, g), golden)).toList();
    for (var entry : golden.expected().get("jackknife").properties()) {
      Function<NoiseCorrection, OptionalDouble> formula = FORMULAS.get(entry.getKey());
      if (formula != null) {
        Jackknife found =
            new Jackknife(
                formula.apply(whole).orElseThrow(),
                without.stream().mapToDouble(of -> formula.apply(of).orElseThrow()).toArray());
        agrees(entry.getValue(), found, entry.getKey());
      }
    }
    double own =
        IntStream.range(0, whole.simplexRest().length)
            .mapToDouble(
                i ->
                    new Jackknife(
                            0, without.stream().mapToDouble(of -> of.simplexRest()[i]).toArray())
                        .variance())
            .sum();
    JsonNode simplex = golden.expected().get("nc2_etf_err_corrected");
    if (simplex.isNull()) {
      assertTrue(whole.simplexError(own).isEmpty());
    } else {
      near(simplex, whole.simplexError(own).orElseThrow(), "nc2_etf_err_corrected");
    }
  }

  private static void agrees(JsonNode expected, Jackknife found, String id) {
    for (int g = 0; g < found.replicates().length; g++) {
      near(expected.get("replicates").get(g), found.replicates()[g], id + " without " + g);
    }
    near(expected.get("se"), found.standardError(), id + " se");
    double tolerance = id.startsWith("nc3_") ? 4e-7 : 1e-9;
    assertEquals(expected.get("bias").asDouble(), found.bias(), tolerance, id + " bias");
    Jackknife logarithmic = found.logarithmic().orElseThrow();
    near(expected.get("log_se"), logarithmic.standardError(), id + " log se");
    assertEquals(
        expected.get("log_bias").asDouble(), logarithmic.bias(), tolerance, id + " log bias");
  }

  /** The golden corrected NC3 numbers divide by lengths of weights in single precision. */
  private static void near(JsonNode expected, double found, String what) {
    double value = expected.asDouble();
    double tolerance = what.startsWith("nc3_") ? 4e-7 : Math.max(1e-12, 1e-9 * Math.abs(value));
    assertEquals(value, found, tolerance, what);
  }

  private Map<String, Estimate> estimates(EvidenceCase golden, int groups, Sampling sampling) {
    return byId(
        CorrectedNumbers.of(
            groups(golden, groups),
            sampling,
            Optional.of(golden.matrix("weights")),
            Blas.reference()));
  }

  private static Map<String, Estimate> byId(List<Estimate> estimates) {
    return estimates.stream().collect(java.util.stream.Collectors.toMap(Estimate::id, e -> e));
  }

  @Test
  void absurdNumbersAreRefusedWithTheirNoise() {
    Map<String, Estimate> wide =
        estimates(EvidenceCase.of("null-wide"), 3, Sampling.ofPopulation().asHeldOut());
    assertEquals(0.855442, wide.get("sampling_noise_share").value().orElseThrow(), 1e-6);
    for (Estimate estimate : wide.values()) {
      if (!estimate.id().equals("sampling_noise_share")) {
        assertTrue(estimate.value().isEmpty() && estimate.interval().isEmpty(), estimate.id());
      }
    }
    assertEquals(
        "sampling noise is 85.5% of S_B; it is trusted below 60%",
        wide.get("nc3_cos_mean_corrected").reason());
  }

  @Test
  void aNumberThatPassesItsGateHasAnIntervalAroundIt() {
    Estimate quot =
        estimates(EvidenceCase.of("null-balanced"), 6, Sampling.ofPopulation())
            .get("nc2_norms_mean_corrected");
    double value = 2.004032670519564;
    double half = 2.5705818356363143 * 0.05191707756567875; // t of 5 degrees of freedom
    assertEquals(value, quot.value().orElseThrow(), 1e-9);
    assertEquals(value * Math.exp(-half), quot.interval().orElseThrow().low(), 1e-9);
    assertEquals(value * Math.exp(half), quot.interval().orElseThrow().high(), 1e-9);
  }

  @Test
  void filesHaveANumberWithBothEndsOfItsInterval() {
    Map<String, Estimate> found =
        estimates(EvidenceCase.of("null-balanced"), 6, Sampling.ofPopulation());
    assertEquals(
        List.of("nc1_quot_corrected", "nc1_quot_corrected_low", "nc1_quot_corrected_high"),
        found.get("nc1_quot_corrected").columns().stream().map(Measurement::id).toList());
    for (Measurement column : found.get("nc3_frobenius_corrected").columns()) {
      assertTrue(((Measurement.Undefined) column).reason().contains("held-out"));
    }
    assertEquals(1, found.get("sampling_noise_share").columns().size());
  }

  @Test
  void completeSetsAreNotCorrectedAndFittedWeightsNeither() {
    EvidenceCase golden = EvidenceCase.of("null-balanced");
    for (Estimate estimate : estimates(golden, 6, Sampling.completeSet()).values()) {
      assertTrue(estimate.value().isEmpty() && estimate.reason().contains("training samples"));
    }
    Estimate cosine = estimates(golden, 6, Sampling.ofPopulation()).get("nc3_cos_mean_corrected");
    assertTrue(cosine.value().isEmpty() && cosine.reason().contains("held-out"));
    assertTrue(
        estimates(golden, 6, Sampling.ofPopulation().asHeldOut())
            .get("nc3_cos_mean_corrected")
            .interval()
            .isPresent());
  }

  @Test
  void oneSampleOfAClassLeavesAllUndefinedNamingIt() {
    FeatureArray table =
        FeatureArray.of(new double[] {0, 1, 5, 7, 9}, new int[] {0, 0, 2, 2, 3}, 1);
    ClassMoments moments = moments(table, 4);
    SampleGroups groups =
        SampleGroups.read(table, moments, new int[] {0, 2, 3}, true, Blas.reference(), workers);
    for (Estimate estimate :
        CorrectedNumbers.of(groups, Sampling.ofPopulation(), Optional.empty(), Blas.reference())) {
      assertEquals("class 3 has one sample: its spread is unknown", estimate.reason());
    }
  }

  @Test
  void ofTwoClassesNothingOfTheSimplexIsCorrected() {
    Map<String, Estimate> two =
        estimates(EvidenceCase.of("null-two-classes"), 5, Sampling.ofPopulation());
    for (String id : List.of("nc2_etf_err_corrected", "nc2_norm_cov_means_corrected")) {
      assertTrue(two.get(id).value().isEmpty(), id);
      assertEquals(
          "two class means are always a simplex: it is 0 whatever the features",
          two.get(id).reason());
    }
  }

  @Test
  void aClassWithoutWeightsLeavesOnlyItsCosineUndefined() {
    EvidenceCase golden = EvidenceCase.of("null-balanced");
    double[] weights = golden.matrix("weights").toArray();
    Arrays.fill(weights, 0, golden.matrix("weights").columns(), 0);
    Map<String, Estimate> found =
        byId(
            CorrectedNumbers.of(
                groups(golden, 6),
                Sampling.ofPopulation().asHeldOut(),
                Optional.of(Matrix.of(golden.classes(), golden.table().width(), weights)),
                Blas.reference()));
    for (String id : List.of("nc3_cos_mean_corrected", "nc3_dist_mean_corrected")) {
      assertEquals("the weights of class 0 are zero", found.get(id).reason());
    }
    assertTrue(found.get("nc3_frobenius_corrected").value().isPresent());
    assertTrue(found.get("nc3u_uni_dual_corrected").value().isPresent());
  }

  @Test
  void aCosineThatPassesOneHasNoDistanceAndSaysWhy() {
    EvidenceCase golden = EvidenceCase.of("null-balanced");
    Map<String, Estimate> found =
        byId(
            CorrectedNumbers.of(
                groups(golden, 6),
                Sampling.ofPopulation().asHeldOut(),
                Optional.of(moments(golden.table(), golden.classes()).means().centred()),
                Blas.reference()));
    assertTrue(found.get("nc3_cos_mean_corrected").value().orElseThrow() > 1);
    assertEquals(
        "the corrected cosine of a class passes 1: its distance is not distinguishable from 0 at"
            + " this sample size",
        found.get("nc3_dist_mean_corrected").reason());
  }

  @Test
  void groupsHaveTheirShareOfEveryClass() {
    FeatureArray table =
        FeatureArray.of(
            new double[] {0, 1, 2, 3, 4, 5, 10, 11, 12, 13},
            new int[] {0, 0, 0, 0, 0, 1, 1, 1, 1, 1},
            1);
    ClassMoments moments = moments(table, 2);
    SampleGroups groups =
        SampleGroups.read(table, moments, new int[] {0, 1}, false, Blas.reference(), workers);
    assertEquals(5, groups.groups().size());
    for (ClassMoments group : groups.groups()) {
      assertEquals(1, group.count(0));
      assertEquals(1, group.count(1));
    }
    ClassMoments whole = groups.whole(Blas.reference());
    assertArrayEquals(moments.means().toArray(), whole.means().toArray(), 1e-12);
    double squares = moments.squaredDeviations(0) + moments.squaredDeviations(1);
    assertEquals(squares, whole.squaredDeviations(0) + whole.squaredDeviations(1), 1e-9);
    assertEquals(5.2 * 5.2, groups.largestSquare().orElseThrow(), 1e-12);
    assertEquals(1, SampleGroups.groupsFor(4));
    assertEquals(10, SampleGroups.groupsFor(10));
  }

  @Test
  void partsMergeGroupByGroup() {
    FeatureArray table = clusters(5, 3, 4, 12);
    int[] classes = {0, 1, 2};
    SampleGroups once =
        SampleGroups.read(table, moments(table, 3), classes, true, Blas.reference(), workers);
    SampleGroups twice = once.merged(once, Blas.reference());
    for (int g = 0; g < 10; g++) {
      assertEquals(2 * once.groups().get(g).count(1), twice.groups().get(g).count(1));
    }
    assertEquals(once.largestSquare(), twice.largestSquare());
    assertArrayEquals(
        Arrays.stream(once.whole(Blas.reference()).scatter().orElseThrow().toArray())
            .map(s -> 2 * s)
            .toArray(),
        twice.whole(Blas.reference()).scatter().orElseThrow().toArray(),
        1e-9);
    SampleGroups one =
        SampleGroups.read(table, moments(table, 3), classes, 5, true, Blas.reference(), workers);
    assertThrows(IllegalArgumentException.class, () -> once.merged(one, Blas.reference()));
  }

  @Test
  void intervalsHoldThePopulationsValueAsOftenAsTheySay() {
    double truth = 20 / 6.75; // as in aKnownPopulationIsFoundAgain...
    int repetitions = 300;
    int held = 0;
    for (int r = 0; r < repetitions; r++) {
      FeatureArray table = clusters(1000 + r, 4, 20, 12);
      Estimate quot =
          byId(CorrectedNumbers.of(
                  SampleGroups.read(
                      table,
                      moments(table, 4),
                      new int[] {0, 1, 2, 3},
                      false,
                      Blas.reference(),
                      workers),
                  Sampling.ofPopulation(),
                  Optional.empty(),
                  Blas.reference()))
              .get("nc1_quot_corrected");
      held += quot.interval().orElseThrow().contains(truth) ? 1 : 0;
    }
    assertTrue(held >= 0.93 * repetitions && held < repetitions, held + " of " + repetitions);
  }

  @Test
  void aKnownPopulationIsFoundAgainAfterTheCorrectionAndNotBefore() {
    double plugIn = 0;
    double corrected = 0;
    int repetitions = 200;
    for (int r = 0; r < repetitions; r++) {
      NoiseCorrection found = drawn(r, 4, 20, 6, Sampling.ofPopulation());
      corrected += found.quotient().orElseThrow() / repetitions;
      plugIn += plugIn(r, 4, 20, 6) / repetitions;
    }
    // Means e_k times 3 in 20 dimensions, unit variance: quot is 20 / (9 * 3/4).
    assertEquals(20 / 6.75, corrected, 0.1);
    assertTrue(plugIn < 0.7 * 20 / 6.75, "plug-in " + plugIn);
  }

  private static FeatureArray clusters(long seed, int classes, int width, int each) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[classes * each * width];
    int[] labels = new int[classes * each];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % classes;
      for (int j = 0; j < width; j++) {
        values[i * width + j] = random.nextGaussian() + (j == labels[i] ? 3 : 0);
      }
    }
    return FeatureArray.of(values, labels, width);
  }

  private static NoiseCorrection drawn(
      long seed, int classes, int width, int each, Sampling sampling) {
    return new NoiseCorrection(
        moments(clusters(seed, classes, width, each), classes),
        sampling,
        Matrix.zeros(classes, width),
        Blas.reference());
  }

  private static double plugIn(long seed, int classes, int width, int each) {
    ClassMoments moments = moments(clusters(seed, classes, width, each), classes);
    double within = 0;
    for (int k = 0; k < classes; k++) {
      within += moments.squaredDeviations(k) / moments.samples();
    }
    double[] means = moments.means().toArray();
    double between = 0;
    for (int j = 0; j < width; j++) {
      double mean = 0;
      for (int k = 0; k < classes; k++) {
        mean += means[k * width + j] / classes;
      }
      for (int k = 0; k < classes; k++) {
        between += Math.pow(means[k * width + j] - mean, 2) / classes;
      }
    }
    return within / between;
  }

  @Test
  void aWholePopulationNeedsNoCorrection() {
    long[] all = {6, 6, 6, 6};
    double found = drawn(1, 4, 20, 6, Sampling.ofFinite(all)).quotient().orElseThrow();
    assertEquals(plugIn(1, 4, 20, 6), found, 1e-12);
    assertEquals(0, drawn(1, 4, 20, 6, Sampling.ofFinite(all)).noiseShare().orElseThrow(), 1e-15);
  }

  @Test
  void ofAWholePopulationEveryCorrectedNumberIsTheNumber() {
    EvidenceCase golden = EvidenceCase.of("null-balanced");
    ClassMoments moments = moments(golden.table(), golden.classes());
    long[] all = IntStream.range(0, golden.classes()).mapToLong(moments::count).toArray();
    NoiseCorrection whole =
        new NoiseCorrection(
            moments, Sampling.ofFinite(all), golden.matrix("weights"), Blas.reference());
    Map<String, OptionalDouble> found =
        Map.of(
            "nc1_quot", whole.quotient(),
            "nc1_cdnv", whole.distanceNormalised(),
            "nc1_pinv", whole.pseudoInverse(),
            "nc1_vci", whole.variabilityIndex(),
            "nc2_norms_mean", whole.normsMean(),
            "nc2_etf_err", whole.simplexError(0),
            "nc3_cos_mean", whole.cosineMean(),
            "nc3_frobenius", whole.frobenius());
    found.forEach(
        (id, value) ->
            assertEquals(
                golden.expected().get("metrics").get(id).get("observed").asDouble(),
                value.orElseThrow(),
                1e-6, // the golden weights' lengths are single precision
                id));
  }

  @Test
  void ofHalfAPopulationItsOwnVariabilityIsFoundAgain() {
    SplittableRandom random = new SplittableRandom(5);
    int classes = 4;
    int width = 30;
    double ratio = 0;
    for (int draw = 0; draw < 20; draw++) {
      double[] values = new double[classes * 30 * width]; // 30 samples a class
      int[] labels = new int[classes * 30];
      double[] means = new double[classes * width];
      Arrays.setAll(means, i -> random.nextGaussian());
      for (int i = 0; i < values.length; i++) {
        labels[i / width] = i / width % classes;
        values[i] = means[i / width % classes * width + i % width] + random.nextGaussian();
      }
      int half = 15 * classes;
      double own =
          plain(values, labels, width).variabilityIndex().orElseThrow()
              * (labels.length - 1.0 - width)
              / (labels.length - 1.0); // the plug-in number
      NoiseCorrection sample =
          new NoiseCorrection(
              moments(
                  FeatureArray.of(
                      Arrays.copyOf(values, half * width), Arrays.copyOf(labels, half), width),
                  classes),
              Sampling.ofFinite(new long[] {30, 30, 30, 30}),
              null,
              Blas.reference());
      ratio += sample.variabilityIndex().orElseThrow() / own / 20;
    }
    assertEquals(1, ratio, 0.1, "without the population's factor it is 1.34 times too large");
  }

  private static NoiseCorrection plain(double[] values, int[] labels, int width) {
    return new NoiseCorrection(
        moments(FeatureArray.of(values, labels, width), 4),
        Sampling.ofPopulation(),
        null,
        Blas.reference());
  }

  @Test
  void heavyTailsWithholdTheIntervalsOfNc1Alone() {
    FeatureArray table = clusters(3, 4, 8, 40);
    double[] values = new double[4 * 40 * 8];
    try (BatchSource source = table.read(1000)) {
      System.arraycopy(source.next().doubles(), 0, values, 0, values.length);
    }
    values[7] = 100;
    int[] labels = IntStream.range(0, 160).map(i -> i % 4).toArray();
    FeatureArray heavy = FeatureArray.of(values, labels, 8);
    Map<String, Estimate> found =
        byId(
            CorrectedNumbers.of(
                SampleGroups.read(
                    heavy,
                    moments(heavy, 4),
                    new int[] {0, 1, 2, 3},
                    true,
                    Blas.reference(),
                    workers),
                Sampling.ofPopulation(),
                Optional.empty(),
                Blas.reference()));
    Estimate quot = found.get("nc1_quot_corrected");
    assertTrue(quot.value().isPresent() && quot.interval().isEmpty(), quot.toString());
    assertTrue(quot.reason().contains("tails too heavy"));
    assertTrue(found.get("nc2_norms_mean_corrected").interval().isPresent());
  }

  private static ClassMoments without(SampleGroups groups, int g) {
    return groups.whole(Blas.reference()).without(groups.groups().get(g), Blas.reference());
  }
}

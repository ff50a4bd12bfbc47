package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.PrincipalAngles;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.CollapseMetric;
import dev.collapsar.metric.CollapseReport;
import dev.collapsar.metric.FeatureRanks;
import dev.collapsar.metric.MeansGeometry;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.Metrics;
import dev.collapsar.metric.WithinClass;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Numbers that formulas as they stand lose to rounding, against golden/evidence/numerics. */
class NumericsTest {
  private final EvidenceCase golden = EvidenceCase.of("numerics");

  private Collapse collapse(String name, String labels) {
    Matrix features = golden.matrix(name + "-features");
    int[] classes = golden.integers(labels);
    int count = Arrays.stream(classes).max().orElseThrow() + 1;
    return Collapse.of(FeatureArray.of(features.toArray(), classes, features.columns()), count);
  }

  private double value(String name, String labels, CollapseMetric metric) {
    return collapse(name, labels).measure(Set.of(metric)).value(metric);
  }

  @Test
  void aSmallVariabilityIndexKeepsItsDigits() {
    JsonNode small = golden.expected().get("vci_small");
    double exact = small.get("exact").asDouble();
    assertEquals(exact, value("vci-small", "vci-small-labels", WithinClass.NC1_VCI), 1e-10 * exact);
  }

  @Test
  void theVariabilityIndexOfASingularScatterIsExact() {
    double exact = golden.expected().get("vci_singular").get("exact").asDouble();
    assertEquals(
        exact, value("vci-singular", "vci-small-labels", WithinClass.NC1_VCI), 1e-10 * exact);
    assertEquals(0, value("vci-wide", "vci-wide-labels", WithinClass.NC1_VCI), 1e-12);
  }

  @Test
  void smallAnglesAreTakenFromSines() {
    JsonNode exact = golden.expected().get("angles").get("exact");
    double[] expected = {exact.get(0).asDouble(), exact.get(1).asDouble(), exact.get(2).asDouble()};
    double[] found = PrincipalAngles.between(golden.matrix("angles-a"), golden.matrix("angles-b"));
    assertArrayEquals(expected, found, 1e-14);
  }

  @Test
  void theEntropyRankLeavesRoundingOut() {
    for (String name : List.of("low", "wide")) {
      Matrix features = golden.matrix("entropy-" + name + "-features");
      double[] values = features.toArray();
      FeatureArray table = FeatureArray.of(values, new int[features.rows()], features.columns());
      CollapseReport report = Collapse.of(table, 1).measure(Set.of(FeatureRanks.RANK_ENTROPY));
      JsonNode expected = golden.expected().get("entropy_" + name);
      double exact = expected.get("exact").asDouble();
      assertEquals(exact, report.value(FeatureRanks.RANK_ENTROPY), 1e-10 * exact);
      Measurement.Defined found =
          (Measurement.Defined) report.metrics().get(FeatureRanks.RANK_ENTROPY);
      assertEquals(
          "of the %s singular values above rounding".formatted(expected.get("rank").asInt()),
          found.note());
    }
  }

  @Test
  void directionsThatCoincideUpToRoundingHaveNoLogarithm() {
    CollapseReport report = collapse("collinear", "collinear-labels").measure();
    JsonNode expected = golden.expected().get("collinear");
    for (String id : List.of("nc2g_log", "nc2g_log_mean", "nc2g_riesz", "nc2g_riesz_mean")) {
      assertEquals(
          "the centred means of classes 0 and 1 have the same direction", reason(report, id));
    }
    for (String id : List.of("nc2g_dist", "nc2g_dist_mean")) {
      assertEquals(expected.get(id).asDouble(), report.value(Metrics.named(id)), 1e-12);
    }
  }

  @Test
  void aMeanAtTheCentreUpToRoundingHasNoDirection() {
    CollapseReport report =
        collapse("centre", "centre-labels").withWeights(golden.matrix("centre-weights")).measure();
    for (String id :
        List.of("nc2_coherence_means", "nc2g_dist", "nc2g_log", "nc3_cos_mean", "nc3_dist_mean")) {
      assertTrue(reason(report, id).contains("class 2"), id);
    }
    assertEquals(
        golden.expected().get("centre").get("nc2_norm_cov_means").asDouble(),
        report.value(Metrics.named("nc2_norm_cov_means")),
        1e-12);
  }

  @Test
  void noScaleOfFeaturesOrWeightsChangesWhatIsFreeOfIt() {
    JsonNode expected = golden.expected().get("scale").get("expected");
    for (int[] powers : new int[][] {{0, 0}, {-700, 0}, {700, -700}, {-565, 665}, {199, 700}}) {
      MeasuredCollapse measured = scaled(powers[0], powers[1]);
      expected
          .properties()
          .forEach(
              one ->
                  assertEquals(
                      one.getValue().asDouble(),
                      measured.report().value(Metrics.named(one.getKey())),
                      1e-12 * Math.max(1, Math.abs(one.getValue().asDouble())),
                      () -> one.getKey() + " at " + Arrays.toString(powers)));
    }
  }

  @Test
  void numbersThatHaveAScaleKeepIt() {
    MeasuredCollapse plain = scaled(0, 0);
    for (int power : new int[] {-700, -300, 300, 700}) {
      MeasuredCollapse measured = scaled(power, 0);
      CollapseMetric length = MeansGeometry.NC2_NORMS_MEAN;
      double expected = Math.scalb(plain.report().value(length), power);
      assertEquals(expected, measured.report().value(length), 1e-12 * expected);
      Evidence evidence =
          EvidencePlan.of(
              measured,
              EvidenceRequest.within(
                  EvidenceRequest.Limits.usual(),
                  Sampling.ofPopulation(),
                  EvidenceRequest.USUAL_SEED),
              announced -> {});
      Evidence before =
          EvidencePlan.of(
              plain,
              EvidenceRequest.within(
                  EvidenceRequest.Limits.usual(),
                  Sampling.ofPopulation(),
                  EvidenceRequest.USUAL_SEED),
              announced -> {});
      double median = column(before, length.id(), "_null_median");
      assertEquals(
          Math.scalb(median, power),
          column(evidence, length.id(), "_null_median"),
          1e-12 * Math.scalb(median, power));
      assertEquals(column(before, length.id(), "_z"), column(evidence, length.id(), "_z"), 1e-9);
    }
    assertTrue(
        reason(scaled(-700, -700).report(), "nc3u_uni_dual")
            .matches("a double cannot hold it: it is [0-9.]+ times 2 to the power -\\d+"));
  }

  private static double column(Evidence evidence, String id, String end) {
    return evidence.of(id).stream()
        .filter(one -> one.id().equals(id + end))
        .map(one -> ((Measurement.Defined) one).value())
        .findFirst()
        .orElseThrow();
  }

  private MeasuredCollapse scaled(int features, int weights) {
    Matrix x = golden.matrix("scale-features");
    Matrix w = golden.matrix("scale-weights");
    FeatureArray table =
        FeatureArray.of(
            scaled(x.toArray(), features), golden.integers("scale-labels"), x.columns());
    return Collapse.of(table, w.rows())
        .withWeights(Matrix.of(w.rows(), w.columns(), scaled(w.toArray(), weights)))
        .measured(Metrics.collapse());
  }

  private static double[] scaled(double[] values, int power) {
    return Arrays.stream(values).map(value -> Math.scalb(value, power)).toArray();
  }

  private static String reason(CollapseReport report, String id) {
    return ((Measurement.Undefined) report.metrics().get(Metrics.named(id))).reason();
  }
}

package dev.collapsar.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.metric.Collapse;
import dev.collapsar.metric.MeasuredCollapse;
import dev.collapsar.metric.Measurement;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What stands beside the numbers of a measurement, and what is left out for its cost. */
class EvidencePlanTest {
  private final List<String> announced = new ArrayList<>();

  private static MeasuredCollapse noise(int rows, int width, int classes) {
    SplittableRandom random = new SplittableRandom(1);
    double[] values = new double[rows * width];
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = i % classes;
      for (int j = 0; j < width; j++) {
        values[i * width + j] = 5 + random.nextGaussian();
      }
    }
    FeatureArray table = FeatureArray.of(values, labels, width);
    Collapse collapse = Collapse.of(table, classes);
    return collapse.measured(collapse.usual());
  }

  private Evidence usual(MeasuredCollapse measured, long heap, long cache) {
    return EvidencePlan.of(
        measured,
        EvidenceRequest.within(
            new EvidenceRequest.Limits(199, 60, heap, cache, true),
            Sampling.ofPopulation(),
            new Seed(42)),
        announced::add);
  }

  private static Measurement column(Evidence evidence, String id, String end) {
    return evidence.of(id).stream()
        .filter(one -> one.id().equals(id + end))
        .findFirst()
        .orElseThrow();
  }

  private static double value(Evidence evidence, String id, String end) {
    return ((Measurement.Defined) column(evidence, id, end)).value();
  }

  private static String reason(Evidence evidence, String id, String end) {
    return ((Measurement.Undefined) column(evidence, id, end)).reason();
  }

  @Test
  void noiseReadsAsChanceAndTheFormulasAgreeWithTheDraws() {
    Evidence evidence = usual(noise(200, 300, 10), Long.MAX_VALUE, Long.MAX_VALUE);
    for (String id : List.of("nc1_pinv", "nc1_quot", "nc2_etf_err")) {
      assertTrue(value(evidence, id, "_p") > 0.02, id);
    }
    // The reference found .070 for .068 and .193 for .194.
    double drawn = value(evidence, "nc2_etf_err", "_null_median");
    assertEquals(1, value(evidence, "nc2_etf_err", "_null_closed_form") / drawn, 0.05);
    double quot = value(evidence, "nc1_quot", "_null_median");
    assertEquals(1, value(evidence, "nc1_quot", "_null_closed_form") / quot, 0.02);
    assertTrue(reason(evidence, "nc1_quot", "_corrected").contains("sampling noise is"));
  }

  @Test
  void theSimplexOfChanceIsKnownOfACompleteTrainingSetToo() {
    MeasuredCollapse measured = noise(200, 30, 10);
    EvidenceRequest.Limits limits =
        new EvidenceRequest.Limits(19, 60, Long.MAX_VALUE, Long.MAX_VALUE, true);
    double complete =
        value(
            EvidencePlan.of(
                measured,
                EvidenceRequest.within(limits, Sampling.completeSet(), new Seed(42)),
                announced::add),
            "nc2_etf_err",
            "_null_closed_form");
    Evidence sample =
        EvidencePlan.of(
            measured,
            new EvidenceRequest(
                OptionalInt.of(0), Optional.of(true), Sampling.ofPopulation(), limits),
            announced::add);
    assertEquals(value(sample, "nc2_etf_err", "_null_closed_form"), complete, 1e-12);
  }

  @Test
  void unrelatedDecisionsHaveALevelWhereAClassHasNoSamples() {
    double[] values = {0, 1, 5, 6, 10, 12};
    Collapse collapse =
        Collapse.of(FeatureArray.of(values, new int[] {0, 0, 1, 1, 3, 3}, 1), 4)
            .withWeights(Matrix.of(4, 1, -1, 0, 0, 1))
            .withBias(new double[] {2, 0, 0, -8});
    Evidence evidence = usual(collapse.measured(collapse.usual()), Long.MAX_VALUE, Long.MAX_VALUE);
    // Both ways each class has its own two samples, class 2 none.
    assertEquals(
        (2 * 2 + 2 * 2 + 2 * 2) / 36.0, value(evidence, "nc4_agree", "_null_closed_form"), 1e-12);
  }

  @Test
  void whatDoesNotFitInMemoryIsNotReadAgainUnlessAskedFor() {
    MeasuredCollapse measured = noise(60, 5, 3);
    Evidence evidence = usual(measured, Long.MAX_VALUE, 60 * 5 * Float.BYTES - 1);
    assertEquals(
        "not drawn: needs further passes over features that do not fit in memory; --null 199 asks"
            + " for it",
        reason(evidence, "nc1_pinv", "_p"));
    assertTrue(reason(evidence, "nc1_pinv", "_corrected").endsWith("--intervals asks for it"));
    assertEquals(28.5, value(evidence, "nc1_quot", "_null_closed_form"), 1e-12); // 59/2 - 1
    assertTrue(value(usual(measured, Long.MAX_VALUE, 1200), "nc1_pinv", "_p") > 0);
  }

  @Test
  void aThousandClassesAreTooDearAndSayWhatTheyWouldCost() {
    EvidenceCost cost = EvidenceCost.ofNull(50_000, 1000, 2048, 199, 2);
    assertTrue(cost.seconds() > 60 && cost.seconds() < 600, cost.toString()); // 301 s of one core
    EvidenceRequest request =
        EvidenceRequest.within(
            EvidenceRequest.Limits.usual(), Sampling.ofPopulation(), EvidenceRequest.USUAL_SEED);
    assertTrue(cost.tooMuch(request, 0).orElseThrow().startsWith("would take about"));
    EvidenceCost few = EvidenceCost.ofNull(60_000, 10, 512, 199, 2);
    assertTrue(few.seconds() < 3, few.toString()); // 1.5 s of one core
  }

  @Test
  void classesWithoutSpreadHaveNumbersAndNoIntervals() {
    double[] values = new double[60];
    int[] labels = new int[60];
    double[] at = {1, 2, 4};
    for (int i = 0; i < 60; i++) {
      labels[i] = i % 3;
      values[i] = at[i % 3];
    }
    Collapse collapse = Collapse.of(FeatureArray.of(values, labels, 1), 3);
    Evidence evidence = usual(collapse.measured(collapse.usual()), Long.MAX_VALUE, Long.MAX_VALUE);
    assertEquals(0, value(evidence, "nc1_quot", "_corrected"));
    assertEquals(
        "no class has any spread: there is nothing to estimate an interval from",
        reason(evidence, "nc1_quot", "_corrected_low"));
    assertEquals(
        "z is of the logarithm, and a value of 0 or less has none",
        reason(evidence, "nc1_quot", "_z"));
    assertEquals(0.01, value(evidence, "nc1_quot", "_p"), 1e-12);
  }
}

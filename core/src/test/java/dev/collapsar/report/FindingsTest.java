package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.DigitNineRecords;
import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.ClassScore;
import dev.collapsar.run.RunRecords;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FindingsTest {
  @Test
  void theSentencesSayWhatTheNumbersSay() {
    List<String> sentences = sentences(.93, .96, .95, 100_000);
    assertEquals(
        "Best on the shifted test set in this run: full with 96.0%, 3.0 points more than"
            + " the 93.0% before its"
            + " first step.",
        sentences.get(0));
    assertEquals(
        "Points from full, and the share of its trained parameters: head −1.0 with 1/327.",
        sentences.get(1));
    assertEquals(
        "Points gained for every 1,000 trained parameters: head 1.55, full 0.00712.",
        sentences.get(2));
  }

  @Test
  void aDifferenceWithinTwoStandardErrorsIsNotCalledAWin() {
    // sqrt((.96 * .04 + .955 * .045) / n): .0026 for 12,000 samples, .0090 for 1,000.
    assertTrue(sentences(.93, .96, .955, 1_000).get(0).endsWith("on 1,000 samples: head."));
    assertTrue(sentences(.93, .96, .95, 12_000).get(0).endsWith("before its first step."));
  }

  @Test
  void aChangeThatWasMeasuredSampleBySampleHasItsInterval() {
    String best =
        sentences(
                .93,
                .96,
                .95,
                100_000,
                row("accuracy_shifted_change", .03),
                row("accuracy_shifted_change_low", .01),
                row("accuracy_shifted_change_high", .05))
            .get(0);
    assertTrue(
        best.endsWith("its first step (95% by its samples, for this seed: +1.0 to +5.0)."), best);
  }

  private static RunRecord.Row row(String metric, double value) {
    return new RunRecord.Row("full", "adapt", 1, "", metric, value, null);
  }

  @Test
  void aSingleVariantIsNotCalledTheBest() {
    RunRecord record = DigitNineRecords.digitNine();
    assertEquals(
        List.of(
            new Findings.Finding(
                "",
                "In this run lora-\u2060r1 ends with 88.7% on the test set, 7.4 points"
                    + " less than the 96.1%"
                    + " before its first step.")),
        of(record));
  }

  @Test
  void whatWasNotTrainedHereHasNoChange() {
    RunRecord digitNine = DigitNineRecords.digitNine();
    List<RunRecord.Row> start =
        digitNine.measurements().stream().filter(row -> row.epoch() == 0).toList();
    RunRecord untrained = RecordDraft.of(digitNine).measurements(start).record();
    assertEquals(
        List.of(
            new Findings.Finding(
                "",
                "In this run lora-\u2060r1 has 96.1% on the test set; it was not trained here.")),
        of(untrained));
  }

  @Test
  void whatMovesByOrdersOfMagnitudeIsSaidInTimesAndOfTheLastLayer() {
    List<Findings.Finding> findings = of(RecipeRecords.collapseLayers(""));
    assertEquals(List.of("", "Collapse"), findings.stream().map(Findings.Finding::topic).toList());
    assertEquals(
        "Within over between, nc1_pinv at features: resnet18 1.00 →"
            + " 2.21e−04 (4520 times less).",
        plain(findings.get(1)));
  }

  @Test
  void learningRulesThatTrainAsMuchAreComparedByAccuracyAndFeedbackAlone() {
    List<Findings.Finding> findings = of(RecipeRecords.feedbackNull(""));
    assertEquals(List.of("", "Feedback"), findings.stream().map(Findings.Finding::topic).toList());
    assertTrue(
        plain(findings.get(0)).startsWith("Best on the test set in this run: dfa-l2 with 94.6%"));
    assertTrue(plain(findings.get(1)).contains("feedback_cos_deep: dfa-l2 0.203 → 0.0103"));
  }

  @Test
  void withoutClassReportsTheTestSetSaysHowManySamplesATieRestsOn() {
    String best = plain(of(RecipeRecords.loraRanks("")).get(0));
    assertTrue(best.endsWith("within two standard errors of it on 5,000 samples: lora-r8."), best);
  }

  @Test
  void aRunWithoutAccuracyHasNoFindings() {
    assertTrue(Findings.of(List.of()).isEmpty());
  }

  /** Of full and head, with non-breaking characters replaced by the plain ones. */
  private static List<String> sentences(
      double before, double full, double head, int samples, RunRecord.Row... more) {
    RunRecord r = RunRecords.domainShift();
    List<RunRecord.Row> rows = new ArrayList<>();
    for (String variant : List.of("full", "head")) {
      double after = variant.equals("full") ? full : head;
      rows.add(new RunRecord.Row(variant, "adapt", 0, "", "accuracy_shifted", before, null));
      rows.add(new RunRecord.Row(variant, "adapt", 1, "", "accuracy_shifted", after, null));
    }
    rows.addAll(List.of(more));
    ClassScore average = new ClassScore("weighted avg", full, full, full, samples);
    RunRecord record =
        RecordDraft.of(r)
            .variants(r.variants().subList(0, 3))
            .measurements(rows)
            .classifications(
                List.of(
                    new RunRecord.Classification(
                        "full", "shifted test", List.of(), full, average, average, List.of())))
            .record();
    return of(record).stream().map(FindingsTest::plain).toList();
  }

  private static List<Findings.Finding> of(RunRecord record) {
    return Findings.of(VariantSeries.of(List.of(new NamedRun("run", record))))
        .orElseThrow()
        .sentences();
  }

  private static String plain(Findings.Finding finding) {
    return finding.sentence().replace('\u00a0', ' ').replace("\u2060", "");
  }
}

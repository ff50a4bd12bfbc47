package dev.collapsar.learn.recipe.loraranks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.run.Variant;
import dev.collapsar.learn.run.Variant.Kind;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunRecord.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RankAnswersTest {
  private static final CollapsedBase COLLAPSED =
      new CollapsedBase(1, OptionalDouble.of(0.02), OptionalDouble.of(0.1), true);
  private static final SweepChoices CHOSEN =
      new SweepChoices(List.of(), 1, null, null, false, true, 199, 50);
  private static final List<Variant> VARIANTS =
      List.of(
          new Variant("head", "adapt", Kind.HEAD),
          new Variant("lora-r1", "adapt", Kind.ADAPTER),
          new Variant("lora-r2", "adapt", Kind.ADAPTER));

  private final List<Row> rows = new ArrayList<>();

  RankAnswersTest() {
    for (Variant variant : VARIANTS) {
      for (int epoch : new int[] {0, 1}) {
        put(variant.name(), epoch, "nc1_trace", 0.5);
        put(variant.name(), epoch, "nc3_frobenius", 0.2);
        put(variant.name(), epoch, "nc4_mismatch", 0);
      }
      put(variant.name(), 1, "update_norm", 1);
      cosine(variant.name(), 0.5, 0.01);
    }
  }

  private void put(String variant, int epoch, String metric, double value) {
    rows.removeIf(
        r -> r.variant().equals(variant) && r.epoch() == epoch && r.metric().equals(metric));
    rows.add(new Row(variant, "adapt", epoch, "", metric, value, null));
  }

  private void cosine(String variant, double value, double p) {
    put(variant, 1, "align_class_cos", value);
    put(variant, 1, "align_class_cos_null_median", 0);
    put(variant, 1, "align_class_cos_p", p);
  }

  private ReportItem.Answer verdict(CollapsedBase base, int which) {
    SweepNumbers numbers = SweepNumbers.of(VARIANTS, MetricHistory.of(rows).stage("adapt"));
    return (ReportItem.Answer) new RankAnswers(base, CHOSEN).of(numbers).get(which);
  }

  @Test
  void aBaseThatIsNotCollapsedAnswersNothingAndSaysHowToGetOne() {
    CollapsedBase loose =
        new CollapsedBase(0.93, OptionalDouble.of(0.7), OptionalDouble.empty(), true);
    for (int which : new int[] {0, 1}) {
      String answer = verdict(loose, which).answer();
      assertTrue(
          answer.startsWith(
              "No answer: the base is not collapsed by the limits of this question: training"
                  + " accuracy 0.9300, at least 0.999 is needed; nc1_quot 0.700, at most 0.2 is"
                  + " collapsed; nc2_etf_err is undefined."),
          answer);
      assertTrue(answer.contains("run without --quick"), answer);
    }
    CollapsedBase unknown =
        new CollapsedBase(1, OptionalDouble.of(0.01), OptionalDouble.of(0.01), false);
    assertTrue(
        verdict(unknown, 0).answer().startsWith("No answer: whether the base is collapsed is not"),
        verdict(unknown, 0).answer());
    assertEquals(Optional.empty(), COLLAPSED.obstacle());
  }

  @Test
  void anAnswerIsOfThisRunAndGoesBothWays() {
    assertTrue(verdict(COLLAPSED, 0).answer().startsWith("In this run, yes, at every rank"));
    put("lora-r1", 1, "nc3_frobenius", 0.1);
    put("lora-r2", 1, "nc3_frobenius", 0.3);
    String answer = verdict(COLLAPSED, 0).answer();
    assertTrue(
        answer.startsWith(
            "In this run, changed at every rank: lora-r1 more self-dual (nc3_frobenius times"
                + " 0.500), lora-r2 less self-dual (nc3_frobenius times 1.50)."),
        answer);
    assertTrue(answer.contains("of the controls, nc3_frobenius: head times 1.00."), answer);
  }

  @Test
  void adaptersBelowTheHeadAreJudgedByTheirRepresentationToo() {
    assertTrue(verdict(COLLAPSED, 0).answer().contains("The backbone is frozen"));
    put("lora-r1", 1, "nc1_trace", 0.49);
    ReportItem.Answer verdict = verdict(COLLAPSED, 0);
    assertTrue(
        verdict
            .answer()
            .startsWith(
                "In this run, yes, at every rank: nc1_trace, nc2_etf_err and nc3_frobenius stay"
                    + " within a tenth and nc4_mismatch within a point."),
        verdict.answer());
    assertTrue(verdict.answer().contains("Adapters reach below the head"), verdict.answer());
    assertEquals("Does neural collapse persist under low-rank adaptation?", verdict.question());
    put("lora-r1", 1, "nc1_trace", 0.25);
    put("lora-r2", 0, "nc2_etf_err", 0.5);
    put("lora-r2", 1, "nc2_etf_err", 0.75);
    assertTrue(
        verdict(COLLAPSED, 0)
            .answer()
            .startsWith(
                "In this run, changed at every rank: lora-r1 more collapsed within its classes"
                    + " (nc1_trace times 0.500), lora-r2 less of a simplex (nc2_etf_err times"
                    + " 1.50)."),
        verdict(COLLAPSED, 0).answer());
  }

  @Test
  void updatesOfDifferentLengthsAreNotComparedInSilence() {
    assertTrue(verdict(COLLAPSED, 0).answer().contains("Updates are alike in length."));
    put("lora-r2", 1, "update_norm", 12);
    assertTrue(
        verdict(COLLAPSED, 0).answer().contains("Updates differ in length by a factor of 12.0"));
  }

  @Test
  void lessThanChanceIsAnAnswerToo() {
    assertTrue(
        verdict(COLLAPSED, 1).answer().startsWith("In this run, more than chance: every rank"));
    cosine("lora-r1", -0.4, 0.01);
    assertTrue(
        verdict(COLLAPSED, 1)
            .answer()
            .startsWith("In this run, more than chance: lora-r2; less than chance: lora-r1 ("));
    cosine("head", -0.14, 0.01);
    assertTrue(
        verdict(COLLAPSED, 1)
            .answer()
            .endsWith("Beside it, the controls: head less (-0.140, p 0.0100)."),
        verdict(COLLAPSED, 1).answer());
    cosine("lora-r1", 0.05, 0.03); // 0.03 twice is more than .05
    cosine("lora-r2", 0.05, 0.6);
    assertTrue(
        verdict(COLLAPSED, 1)
            .answer()
            .startsWith("In this run, as heads on permuted labels do, at every rank"));
  }
}

package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.inference.Interval;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.MetricInfo.Column;
import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RecordDraft;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RecordDiffTest {
  @Test
  void aRunDoesNotDifferFromItself() {
    RunRecord run = RunRecords.domainShift();
    assertEquals(
        """
        recipe and settings: the same
        environment: the same
        data: the same
        variants: the same
        final numbers: 0 of 52 differ
        """,
        RecordDiff.between(run, run).toText("a", "b", false));
  }

  @Test
  void whatDiffersIsNamedWithBothValues() {
    RecordDiff diff =
        RecordDiff.between(RunRecords.domainShift(), RunRecords.domainShift(7, List.of(4)));
    assertEquals(
        List.of(
            new RecordDiff.Change("seed", "42", "7"),
            new RecordDiff.Change("lora.rank", "[8]", "[4]")),
        diff.recipe());
    assertEquals(
        List.of(
            new RecordDiff.Change("lora-r8 adapt", "27216 of 448858 parameters trained", "(none)"),
            new RecordDiff.Change("lora-r4 adapt", "(none)", "13608 of 435250 parameters trained")),
        diff.variants());
  }

  @Test
  void aFinalNumberIsTheLastOfItsVariantAndItsDifferenceIsRelativeToTheFirstRun() {
    RecordDiff diff = RecordDiff.between(with(adapt(.5, .8)), with(adapt(.5, .6)));
    assertEquals(
        List.of(new RecordDiff.Final("full", "adapt", "nc1_pinv", "", .8, .6)), diff.numbers());
    assertTrue(
        diff.toText("a", "b", false)
            .endsWith(
                """
                final numbers: 1 of 1 differ
                  variant  stage  metric           a         b  difference  relative
                  full     adapt  nc1_pinv  0.800000  0.600000      -0.200   -25.00%
                """),
        diff.toText("a", "b", false));
  }

  @Test
  void aVariantThatIsTrainedTwiceHasTheLastNumberOfEachStage() {
    RunRecord before = with(stage("pretrain", .9, .5), adapt(.5, .8));
    RunRecord after = with(stage("pretrain", .9, .4), adapt(.4, .8));
    assertEquals(
        List.of(
            new RecordDiff.Final("full", "pretrain", "nc1_pinv", "", .5, .4),
            new RecordDiff.Final("full", "adapt", "nc1_pinv", "", .8, .8)),
        RecordDiff.between(before, after).numbers());
    assertEquals(
        List.of(
            new RecordDiff.Final("full", "pretrain", "nc1_pinv", "", .5, null),
            new RecordDiff.Final("full", "adapt", "nc1_pinv", "", .8, .8)),
        RecordDiff.between(before, with(adapt(.5, .8))).numbers(),
        "the stages of two runs do not stand in for each other");
  }

  @Test
  void layersAreComparedOneByOneAndVerdictsByTheirAnswers() {
    RunRecord before = RecipeRecords.collapseLayers("");
    RecordDiff same = RecordDiff.between(before, before);
    assertEquals(3 + 20 * 6, same.numbers().size());
    assertTrue(same.toText("a", "b", false).endsWith("final numbers: 0 of 123 differ\n"));

    String text =
        RecordDiff.between(before, RecipeRecords.loraRanks("")).toText("layers", "ranks", false);
    assertTrue(text.contains("  recipe  collapse-layers -> lora-ranks\n"), text);
    assertTrue(text.contains("verdicts\n  Persistence  (none) -> Yes: nc1_trace moves"), text);
    assertTrue(text.contains("resnet18  train     nc1_pinv @ layer4"), text);
  }

  @Test
  void aDifferenceOfAccuraciesStandsBesideWhatOtherSamplesWouldChange() {
    RecordDiff diff = RecordDiff.between(tested(.6, .4904, .7003), tested(.8, .6918, .8778));

    // Newcombe 1998, example (a): 48 of 80 and 56 of 70.
    Interval apart = diff.intervals().get(diff.numbers().get(0));
    assertEquals(0.052, apart.low(), 1e-3); // its ends are given to four digits
    assertEquals(0.334, apart.high(), 1e-3);
    String text = diff.toText("a", "b", false);
    assertTrue(text.contains("+0.0525 to +0.334 *"), text);
    assertTrue(text.contains("of 1 differences with an interval 1 leave out 0 (*)"), text);
    assertTrue(
        text.contains(
            "of the columns beside them (nulls, ends of intervals) 2 differ; --all shows them"),
        text);
    assertFalse(text.contains("accuracy_test_low"), text);
    assertTrue(diff.toText("a", "b", true).contains("accuracy_test_low"));
  }

  @Test
  void aDifferenceWithinItsIntervalIsNotMarked() {
    String text =
        RecordDiff.between(tested(.6, .5, .7), tested(.61, .5, .7)).toText("a", "b", false);
    assertTrue(text.contains("of 1 differences with an interval 0 leave out 0"), text);
    assertFalse(text.lines().anyMatch(line -> line.endsWith(" *")), text);
  }

  /** A run with a test accuracy and its interval. */
  private static RunRecord tested(double accuracy, double low, double high) {
    MetricInfo own = MetricInfo.unknown("accuracy_test");
    MetricInfo from = own.beside("_low", "95% from", "", Column.INTERVAL_LOW);
    MetricInfo to = own.beside("_high", "95% to", "", Column.INTERVAL_HIGH);
    List<RunRecord.Row> rows =
        List.of(
            new RunRecord.Row("full", "adapt", 1, "", own.id(), accuracy, null),
            new RunRecord.Row("full", "adapt", 1, "", from.id(), low, null),
            new RunRecord.Row("full", "adapt", 1, "", to.id(), high, null));
    return RecordDraft.of(with(rows)).metrics(List.of(own, from, to)).record();
  }

  private static List<RunRecord.Row> adapt(double... values) {
    return stage("adapt", values);
  }

  private static List<RunRecord.Row> stage(String stage, double... values) {
    return IntStream.range(0, values.length)
        .mapToObj(i -> new RunRecord.Row("full", stage, i, "", "nc1_pinv", values[i], null))
        .toList();
  }

  private static RunRecord with(List<RunRecord.Row> rows) {
    return RunRecords.with(RunRecords.domainShift(), rows);
  }

  private static RunRecord with(List<RunRecord.Row> first, List<RunRecord.Row> second) {
    return with(Stream.concat(first.stream(), second.stream()).toList());
  }
}

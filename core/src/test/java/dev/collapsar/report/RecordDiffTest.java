package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.RecipeRecords;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.util.List;
import java.util.stream.IntStream;
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
        RecordDiff.between(run, run).toText("a", "b"));
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
            new RecordDiff.Change("lora-r8", "27216 of 448858 parameters trained", "(none)"),
            new RecordDiff.Change("lora-r4", "(none)", "13608 of 435250 parameters trained")),
        diff.variants());
  }

  @Test
  void aFinalNumberIsTheLastOfItsVariantAndItsDifferenceIsRelativeToTheFirstRun() {
    RecordDiff diff = RecordDiff.between(one(.5, .8), one(.5, .6));
    assertEquals(List.of(new RecordDiff.Final("full", "nc1_pinv", "", .8, .6)), diff.numbers());
    assertTrue(
        diff.toText("a", "b")
            .endsWith(
                """
                final numbers: 1 of 1 differ
                  variant  metric           a         b  difference  relative
                  full     nc1_pinv  0.800000  0.600000      -0.200   -25.00%
                """),
        diff.toText("a", "b"));
  }

  @Test
  void layersAreComparedOneByOneAndVerdictsByTheirAnswers() {
    RunRecord before = RecipeRecords.collapseLayers("");
    RecordDiff same = RecordDiff.between(before, before);
    assertEquals(3 + 20 * 6, same.numbers().size());
    assertTrue(same.toText("a", "b").endsWith("final numbers: 0 of 123 differ\n"));

    String text = RecordDiff.between(before, RecipeRecords.loraRanks("")).toText("layers", "ranks");
    assertTrue(text.contains("  recipe  collapse-layers -> lora-ranks\n"), text);
    assertTrue(text.contains("verdicts\n  Persistence  (none) -> Yes: nc1_trace moves"), text);
    assertTrue(text.contains("resnet18  nc1_pinv @ layer4"), text);
  }

  private static RunRecord one(double... values) {
    RunRecord r = RunRecords.domainShift();
    List<RunRecord.Row> rows =
        IntStream.range(0, values.length)
            .mapToObj(i -> new RunRecord.Row("full", "adapt", i, "", "nc1_pinv", values[i], null))
            .toList();
    return new RunRecord(
        r.format(),
        r.recipe(),
        r.title(),
        r.status(),
        r.started(),
        r.finished(),
        r.settings(),
        r.environment(),
        r.seed(),
        r.data(),
        r.variants(),
        r.epochs(),
        rows,
        r.classifications(),
        r.samples(),
        r.exhibits(),
        r.notes());
  }
}

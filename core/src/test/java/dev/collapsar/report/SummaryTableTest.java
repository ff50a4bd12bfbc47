package dev.collapsar.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.run.DigitNineRecords;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecords;
import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTableTest {
  @Test
  void aMetricThatNoVariantHasTakesNoColumn() {
    assertEquals(
        """

        variant  trainable  accuracy_train  accuracy_test  seconds
        base     2,807,010          0.9310         0.9612     22.9
        lora-r1      6,794          0.9690         0.8874      1.1
        """,
        lines(DigitNineRecords.digitNine()));
  }

  @Test
  void whatAVariantLacksOrIsUndefinedIsADash() {
    List<RunRecord.Row> rows =
        List.of(
            new RunRecord.Row("base", "pretrain", 0, "features", "nc1_pinv", 1.5, null),
            new RunRecord.Row("base", "pretrain", 1, "features", "nc1_pinv", null, "one class"),
            new RunRecord.Row("lora-r1", "adapt", 1, "", "accuracy_shifted", .25, null));
    assertEquals(
        """

        variant  trainable  accuracy_shifted  nc1_pinv  seconds
        base     2,807,010                 -         -     22.9
        lora-r1      6,794            0.2500         -      1.1
        """,
        lines(RunRecords.with(DigitNineRecords.digitNine(), rows)));
  }

  @Test
  void aTapBesideTheRepresentationIsNotWhereAVariantEnded() {
    List<RunRecord.Row> rows =
        List.of(
            new RunRecord.Row("base", "pretrain", 1, "", "nc1_pinv", .75, null),
            new RunRecord.Row("base", "pretrain", 1, "features.2", "nc1_pinv", 2.5, null));
    String table = lines(RunRecords.with(DigitNineRecords.digitNine(), rows));
    assertTrue(table.contains("0.7500") && !table.contains("2.5000"), table);
  }

  @Test
  void whatIsMeasuredOutsideAVariantsStageIsNotWhereItEnded() {
    List<RunRecord.Row> rows =
        List.of(
            new RunRecord.Row("lora-r1", "adapt", 1, "", "accuracy_test", .75, null),
            new RunRecord.Row("lora-r1", "alpha", 20, "", "accuracy_test", .25, null));
    String table = lines(RunRecords.with(DigitNineRecords.digitNine(), rows));
    assertTrue(table.contains("0.7500") && !table.contains("0.2500"), table);
  }

  @Test
  void aRunThatDidNotEndWellSaysSo() {
    RunRecord whole = DigitNineRecords.digitNine();
    RunRecord stopped = RunRecords.with(whole, RunRecord.Status.INTERRUPTED, whole.title());
    assertEquals(lines(whole) + "interrupted\n", lines(stopped));
  }

  private static String lines(RunRecord record) {
    return SummaryTable.of(record).replace(System.lineSeparator(), "\n");
  }
}

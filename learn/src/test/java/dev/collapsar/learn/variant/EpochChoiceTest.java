package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.evaluation.LearnMetrics;
import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class EpochChoiceTest {
  /** From epoch 0 on; NaN where there is no value. */
  private static MetricSeries course(MetricInfo metric, double... values) {
    List<RunRecord.Row> rows = new ArrayList<>();
    for (int epoch = 0; epoch < values.length; epoch++) {
      Measurement found =
          Double.isNaN(values[epoch])
              ? Measurement.undefined(metric, "diverged")
              : Measurement.of(metric, values[epoch]);
      rows.add(RunRecord.Row.of("v", "s", epoch, "", found));
    }
    return new MetricSeries(rows);
  }

  @Test
  void anAccuracyIsBestAtItsHighestAndALossAtItsLowest() {
    EpochChoice accuracy = new EpochChoice(LearnMetrics.ACCURACY_VALIDATION, 0);
    assertEquals(
        OptionalInt.of(2),
        accuracy.best(course(LearnMetrics.ACCURACY_VALIDATION, .9, .5, .7, .6, .7)),
        "the earlier of two alike, and never what was before the first step");
    EpochChoice loss = new EpochChoice(LearnMetrics.LOSS_VALIDATION, 0);
    assertEquals(
        OptionalInt.of(3), loss.best(course(LearnMetrics.LOSS_VALIDATION, .1, .5, .7, .4, .7)));
  }

  @Test
  void anEpochWithoutAValueIsNeverTheBest() {
    EpochChoice choice = new EpochChoice(LearnMetrics.LOSS_VALIDATION, 0);
    assertEquals(
        OptionalInt.of(2),
        choice.best(course(LearnMetrics.LOSS_VALIDATION, .1, Double.NaN, .7, Double.NaN)));
    assertEquals(
        OptionalInt.empty(), choice.best(course(LearnMetrics.LOSS_VALIDATION, .1, Double.NaN)));
  }

  @Test
  void patienceCountsFromTheBestEpoch() {
    EpochChoice choice = new EpochChoice(LearnMetrics.ACCURACY_VALIDATION, 2);
    MetricSeries course = course(LearnMetrics.ACCURACY_VALIDATION, 0, .5, .7, .6, .7);
    assertFalse(choice.isEnough(course, 3));
    assertTrue(choice.isEnough(course, 4));
    assertFalse(new EpochChoice(LearnMetrics.ACCURACY_VALIDATION, 0).isEnough(course, 400));
  }

  @Test
  void whatIsNeitherBetterNorWorseChoosesNothing() {
    assertThrows(IllegalArgumentException.class, () -> new EpochChoice(MetricInfo.unknown("x"), 0));
  }
}

package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class MetricHistoryTest {
  private static final MetricHistory HISTORY =
      MetricHistory.of(
          List.of(
              row("base", "train", 0, "", "loss", 3.0),
              row("base", "train", 0, "conv", "nc1_trace", 7.0),
              row("base", "train", 0, "fc", "nc1_trace", 5.0),
              row("base", "train", 2, "", "loss", 2.0),
              row("base", "train", 2, "conv", "nc1_trace", 6.0),
              row("base", "train", 2, "fc", "nc1_trace", null),
              row("lora", "adapt", 0, "", "loss", 4.0),
              row("lora", "adapt", 1, "", "loss", 1.0)));

  private static RunRecord.Row row(
      String variant, String stage, int epoch, String layer, String metric, Double value) {
    return new RunRecord.Row(
        variant, stage, epoch, layer, metric, value, value == null ? "why" : null);
  }

  private static MetricHistory base() {
    return HISTORY.variant("base");
  }

  @Test
  void aNumberIsFoundByMetricAndEpoch() {
    assertEquals(OptionalDouble.of(2), base().at("loss", 2));
    assertEquals(OptionalDouble.of(3), base().first("loss"));
    assertEquals(OptionalDouble.of(1), HISTORY.stage("adapt").last("loss"));
    assertEquals(OptionalDouble.of(6), base().series("nc1_trace", "conv").at(2));
  }

  @Test
  void withoutALayerAMetricIsThatOfTheLastLayer() {
    assertEquals(OptionalDouble.of(5), base().at("nc1_trace", 0));
    assertEquals(List.of("conv", "fc"), base().layers("nc1_trace"));
  }

  @Test
  void theUndefinedAndTheUnmeasuredHaveNoValue() {
    assertEquals(OptionalDouble.empty(), base().last("nc1_trace"));
    assertEquals(2, base().series("nc1_trace").rows().size());
    assertEquals(1, base().series("nc1_trace").defined().size());
    assertEquals(OptionalDouble.empty(), base().at("loss", 1));
    assertTrue(base().series("accuracy").isEmpty());
    assertTrue(HISTORY.variant("full").series("loss").isEmpty());
    assertEquals(OptionalDouble.empty(), HISTORY.variant("full").last("loss"));
  }

  @Test
  void epochsAscendAndKeysKeepTheirOrder() {
    assertEquals(List.of(0, 1, 2), HISTORY.epochs());
    assertEquals(new MetricHistory.Key("nc1_trace", "conv"), List.copyOf(HISTORY.keys()).get(1));
  }

  @Test
  void numbersOfTwoVariantsAreNotMixed() {
    assertThrows(IllegalStateException.class, () -> HISTORY.at("loss", 0));
  }

  @Test
  void aNumberMeasuredTwiceIsTheLaterOne() {
    MetricHistory twice =
        MetricHistory.of(
            List.of(
                row("base", "train", 1, "", "loss", 3.0),
                row("base", "train", 1, "", "loss", 2.0)));
    assertEquals(OptionalDouble.of(2), twice.at("loss", 1));
  }
}

package dev.collapsar.learn.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.metric.Measurement;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.metric.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearnMetricsTest {
  @ParameterizedTest
  @MethodSource("dev.collapsar.learn.evaluation.LearnMetrics#all")
  void everyMetricSaysWhatItIs(MetricInfo info) {
    assertNotEquals(info.id(), info.title());
    assertFalse(info.meaning().isBlank(), info.id());
  }

  /** Or {@code <id>_l<i>}; those of the first class means stand beside those of today's. */
  @ParameterizedTest
  @MethodSource("dev.collapsar.learn.evaluation.LearnMetrics#all")
  void everyMetricStandsOnTheDefinitionsPage(MetricInfo info) throws IOException {
    String page = Files.readString(Path.of("../docs/definitions.md"));
    assertTrue(
        Stream.of("`%s`", "`%s_l<i>`").anyMatch(name -> page.contains(name.formatted(info.id()))),
        info.id());
  }

  @Test
  void noMetricHasAnIdOfCore() {
    Set<String> ids = new HashSet<>();
    LearnMetrics.all().forEach(info -> assertTrue(ids.add(info.id()), info.id()));
    Metrics.infos().forEach(info -> assertTrue(ids.add(info.id()), info.id()));
  }

  @Test
  void aMeasurementByNameAloneIsOfTheMetricOfThatName() {
    assertEquals(LearnMetrics.LOSS_TRAIN, LearnMetrics.of(Measurement.of("loss_train", 1)));
    assertEquals(
        LearnMetrics.FEEDBACK_COS.ofLayer(2),
        LearnMetrics.of(Measurement.of(LearnMetrics.FEEDBACK_COS.ofLayer(2), 1)));
    assertEquals(MetricInfo.unknown("mine"), LearnMetrics.of(Measurement.of("mine", 1)));
  }
}

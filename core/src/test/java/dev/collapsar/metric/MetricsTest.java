package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MetricsTest {
  @ParameterizedTest
  @MethodSource("dev.collapsar.metric.Metrics#infos")
  void everyMetricSaysWhatItIs(MetricInfo info) {
    assertNotEquals(info.id(), info.title());
    assertFalse(info.meaning().isBlank(), info.id());
    assertFalse(info.formula().isBlank(), info.id());
    assertFalse(info.range().isBlank(), info.id());
  }

  /** The page that people read says of each metric what its object says. */
  @ParameterizedTest
  @MethodSource("dev.collapsar.metric.Metrics#infos")
  void everyMetricStandsOnTheDefinitionsPageWithItsRange(MetricInfo info) throws IOException {
    // Rows of corrected numbers name the same ids, but state no range.
    long rows =
        Files.readAllLines(Path.of("../docs/definitions.md")).stream()
            .filter(line -> line.startsWith("|"))
            .filter(line -> line.split("\\|")[1].contains("`" + info.id() + "`"))
            .filter(line -> line.contains(info.range()))
            .count();
    assertEquals(1, rows, info.id() + ": " + info.range());
  }

  @Test
  void noTwoMetricsHaveOneId() {
    assertEquals(
        Metrics.infos().size(),
        new HashSet<>(Metrics.infos().stream().map(MetricInfo::id).toList()).size());
  }

  /** Each metric alone, in any company and any order gives the same number. */
  @Test
  void inWhichOrderMetricsAnswerDoesNotMatter() {
    Sample train = Sample.clusters(120, 7, 4, 0.5, 1, 1, 2);
    Collapse collapse = Collapse.of(train.floats(), 4);
    Map<CollapseMetric, Measurement> all = collapse.measure(Metrics.collapse()).metrics();
    List<CollapseMetric> shuffled = new ArrayList<>(Metrics.collapse());
    Collections.shuffle(shuffled, new Random(3));
    Map<CollapseMetric, Measurement> alone = new LinkedHashMap<>();
    shuffled.forEach(
        metric -> alone.put(metric, collapse.measure(Set.of(metric)).metrics().get(metric)));
    assertEquals(all.keySet(), alone.keySet());
    all.forEach(
        (metric, found) -> {
          if (found instanceof Measurement.Defined defined) {
            double expected = defined.value();
            double value = ((Measurement.Defined) alone.get(metric)).value();
            assertEquals(expected, value, 1e-12 * Math.abs(expected), metric.id());
          } else {
            assertEquals(found, alone.get(metric));
          }
        });
  }
}

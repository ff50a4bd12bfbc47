package dev.collapsar.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Agreement with rhubarbwu/neural-collapse, run as published on PyTorch in float64. */
class GoldenTest {
  /** Their values of these pass through a float32 grid, see golden/README.md. */
  private static final double FLOAT_GRID = 1e-6;

  private static final double DOUBLE = 1e-9;

  /** Their names that our options, not our metric ids, express. */
  private static final Map<String, CollapseOptions> OPTIONS =
      Map.of(
          "nc1_cdnv_tile64", CollapseOptions.defaults().withTileSize(64),
          "nc1_cdnv_exp2", CollapseOptions.defaults().withDistExponent(2),
          "nc4_agree_unweighted",
              CollapseOptions.defaults().withAveraging(CollapseOptions.Averaging.CLASSES));

  private static final Map<String, CollapseMetric> NAMES =
      Map.of(
          "nc1_cdnv_tile64", MeansGeometry.NC1_CDNV,
          "nc1_cdnv_exp2", MeansGeometry.NC1_CDNV,
          "nc4_agree_unweighted", NearestMean.NC4_AGREE);

  @TestFactory
  List<DynamicTest> everyValueOfTheOtherLibraryIsOurs() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (GoldenCase golden : GoldenCase.all()) {
      Collapse collapse =
          Collapse.of(golden.table(""), golden.classes())
              .withWeights(golden.weights())
              .withTest(golden.table("test_"))
              .withOod(golden.table("ood_"), golden.classes());
      golden
          .expected()
          .get("float64")
          .properties()
          .forEach(
              entry ->
                  tests.add(
                      DynamicTest.dynamicTest(
                          golden + " " + entry.getKey(),
                          () -> agrees(collapse, entry.getKey(), entry.getValue()))));
    }
    return tests;
  }

  private static void agrees(Collapse collapse, String name, JsonNode expected) {
    CollapseMetric metric = NAMES.containsKey(name) ? NAMES.get(name) : Metrics.named(name);
    CollapseReport report =
        collapse
            .withOptions(OPTIONS.getOrDefault(name, CollapseOptions.defaults()))
            .measure(Set.of(metric));
    if (expected.isNull()) {
      assertEquals(Measurement.Undefined.class, report.metrics().get(metric).getClass());
      return;
    }
    boolean grid = name.startsWith("nc1_cdnv") || name.startsWith("nc2g_");
    double tolerance = (grid ? FLOAT_GRID : DOUBLE) * Math.abs(expected.asDouble());
    assertEquals(expected.asDouble(), report.value(metric), tolerance);
  }
}

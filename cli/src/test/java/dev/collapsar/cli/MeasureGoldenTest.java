package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What rhubarbwu/neural-collapse computes in float64 from the files of golden/collapse, as a user
 * of the command line sees it.
 */
class MeasureGoldenTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Their values of these pass through a float32 grid, see golden/README.md. */
  private static final double FLOAT_GRID = 1e-6;

  private static final double DOUBLE = 1e-9;

  /** Their names that are options here. */
  private static final Map<String, List<String>> OPTIONS =
      Map.of(
          "nc1_cdnv_tile64", List.of("nc1_cdnv", "--tile-size", "64"),
          "nc1_cdnv_exp2", List.of("nc1_cdnv", "--dist-exponent", "2"),
          "nc4_agree_unweighted", List.of("nc4_agree", "--average", "classes"));

  @TestFactory
  List<DynamicTest> everyValueOfTheOtherLibraryIsPrinted() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : folders()) {
      JsonNode expected = JSON.readTree(folder.resolve("expected.json").toFile());
      JsonNode all = measure(folder);
      expected
          .get("float64")
          .properties()
          .forEach(
              entry ->
                  tests.add(
                      DynamicTest.dynamicTest(
                          folder.getFileName() + " " + entry.getKey(),
                          () -> agrees(folder, all, entry.getKey(), entry.getValue()))));
      tests.add(
          DynamicTest.dynamicTest(
              folder.getFileName() + " shapes",
              () -> {
                assertEquals(expected.at("/case/N"), all.get("samples"));
                assertEquals(expected.at("/case/K"), all.get("classes"));
                assertEquals(expected.at("/case/D"), all.get("dimensions"));
              }));
    }
    return tests;
  }

  private static void agrees(Path folder, JsonNode all, String name, JsonNode expected)
      throws IOException {
    List<String> options = OPTIONS.get(name);
    String metric = options == null ? name : options.get(0);
    JsonNode report =
        options == null
            ? all
            : measure(folder, options.subList(1, options.size()).toArray(String[]::new));
    JsonNode found = report.at("/metrics/" + metric);
    if (expected.isNull()) {
      assertTrue(found.get("value").isNull());
      assertFalse(found.get("note").asText().isBlank());
      return;
    }
    boolean grid = name.startsWith("nc1_cdnv") || name.startsWith("nc2g_");
    double tolerance = (grid ? FLOAT_GRID : DOUBLE) * Math.abs(expected.asDouble());
    assertEquals(expected.asDouble(), found.get("value").asDouble(), tolerance);
  }

  private static JsonNode measure(Path folder, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("measure", "--format", "json"));
    for (String role :
        List.of(
            "features",
            "labels",
            "weights",
            "test-features",
            "test-labels",
            "ood-features",
            "ood-labels")) {
      arguments.add("--" + role);
      arguments.add(folder.resolve(role.replace('-', '_') + ".npy").toString());
    }
    arguments.addAll(Arrays.asList(more));
    Session session = Session.of(arguments.toArray(String[]::new));
    assertEquals("", session.err());
    assertEquals(ExitCodes.DONE, session.exitCode());
    return JSON.readTree(session.out());
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> folders = Files.list(Golden.path("collapse"))) {
      return folders.sorted().toList();
    }
  }
}

package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureCommandTest {
  private static final int ROWS = 60;
  private static final int WIDTH = 5;
  private static final int CLASSES = 3;

  @TempDir Path folder;
  private String set;

  /** Sixty rows of three well-separated classes with a classifier, in one file. */
  @BeforeEach
  void makeSet() {
    SplittableRandom random = new SplittableRandom(7);
    float[] features = new float[ROWS * WIDTH];
    int[] labels = new int[ROWS];
    float[] weights = new float[CLASSES * WIDTH];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = i % CLASSES;
      for (int j = 0; j < WIDTH; j++) {
        features[i * WIDTH + j] = (float) (random.nextDouble() + (j == labels[i] ? 4 : 0));
      }
    }
    for (int k = 0; k < CLASSES; k++) {
      weights[k * WIDTH + k] = 1;
    }
    set = folder.resolve("set.safetensors").toString();
    SafeTensors.write(
        Path.of(set),
        Map.of(
            "features", StoredTensor.of(features, ROWS, WIDTH),
            "labels", StoredTensor.of(labels, ROWS),
            "fc.weight", StoredTensor.of(weights, CLASSES, WIDTH),
            "fc.bias", StoredTensor.of(new float[] {0, 0, 0}, CLASSES)),
        Map.of());
  }

  private static Session measure(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "measure";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Session.of(all);
  }

  private static void assertRefused(String message, Session session) {
    assertEquals("collapsar: " + message + System.lineSeparator(), session.err());
    assertEquals("", session.out());
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
  }

  @Test
  void oneFileIsEnough() throws IOException {
    Session session =
        measure("--features", set, "--weights", set, "--bias", set, "--format", "json");
    assertEquals("", session.err());
    JsonNode report = new ObjectMapper().readTree(session.out());
    assertEquals(ROWS, report.get("samples").asInt());
    assertEquals(CLASSES, report.get("classes").asInt());
    assertEquals(1, report.at("/metrics/nc4_agree/value").asDouble());
    assertTrue(report.at("/metrics/nc1_quot/value").asDouble() < 0.1);
  }

  @Test
  void everyFormatSaysTheSame() throws IOException {
    JsonNode json =
        new ObjectMapper()
            .readTree(measure("--features", set, "--null", "0", "--format", "json").out());
    List<String> csv =
        measure("--features", set, "--null", "0", "--format", "csv").out().lines().toList();
    assertEquals("metric,value,note", csv.get(0));
    Map<String, Double> values = new LinkedHashMap<>();
    csv.stream()
        .skip(1)
        .map(line -> line.split(",", 3))
        .forEach(fields -> values.put(fields[0], Double.valueOf(fields[1])));
    Map<String, Double> expected = new HashMap<>();
    json.get("metrics")
        .properties()
        .forEach(entry -> expected.put(entry.getKey(), entry.getValue().get("value").asDouble()));
    assertEquals(expected, values);
    String table = measure("--features", set).out();
    values.keySet().removeIf(id -> id.endsWith("_null_closed_form"));
    values.forEach(
        (metric, value) ->
            assertTrue(
                table
                    .lines()
                    .anyMatch(
                        line ->
                            line.startsWith(metric + " ")
                                && Math.abs(Double.parseDouble(line.split(" +")[1]) - value)
                                    <= 1e-5 * Math.abs(value)),
                metric));
  }

  @Test
  void anUndefinedMetricHasAReasonAndNoValue() {
    Session csv = measure("--features", set, "--format", "csv", "--metrics", "nc4_agree,nc1_pinv");
    assertTrue(csv.out().contains("nc4_agree,,\"needs the classifier's weights\"\n"), csv.out());
    assertEquals(ExitCodes.DONE, csv.exitCode());
    Session table = measure("--features", set, "--metrics", "nc4_agree,nc1_pinv");
    assertTrue(table.out().contains("undefined"), table.out());
  }

  @Test
  void aMeasurementWithoutOneNumberIsRefusedAndEmptyClassesAreLeftOutAndSaid() {
    assertRefused(
        "nothing can be measured: needs the classifier's weights",
        measure("--features", set, "--metrics", "nc4_agree"));
    SafeTensors read = SafeTensors.read(Path.of(set));
    int[] fromOne = new int[ROWS];
    for (int i = 0; i < ROWS; i++) {
      fromOne[i] = i % CLASSES + 1;
    }
    String other = folder.resolve("from-one.safetensors").toString();
    SafeTensors.write(
        Path.of(other),
        Map.of(
            "features", read.tensors().get("features"), "labels", StoredTensor.of(fromOne, ROWS)),
        Map.of());
    String more = Integer.toString(CLASSES + 1);
    Session seen = measure("--features", other, "--classes", more);
    assertEquals(ExitCodes.DONE, seen.exitCode(), seen.err());
    assertTrue(seen.out().contains("--min-samples 1"), seen.out());
    Session without = measure("--features", other, "--classes", more, "--min-samples", "1");
    assertEquals(ExitCodes.DONE, without.exitCode(), without.err());
  }

  @Test
  void optionsReachTheMeasurement() throws IOException {
    Session session =
        measure(
            "--features",
            set,
            "--only-classes",
            "0,2",
            "--min-samples",
            "1",
            "--global-mean",
            "samples",
            "--rank-tolerance",
            "1e-9",
            "--threads",
            "1",
            "--metrics",
            "nc1_pinv",
            "--format",
            "json");
    JsonNode report = new ObjectMapper().readTree(session.out());
    assertEquals(2, report.get("classesMeasured").asInt());
    assertEquals(1, report.get("threads").asInt());
    assertTrue(
        report.at("/metrics/nc1_pinv/note").asText().contains("1.0e-9")
            || report.at("/metrics/nc1_pinv/note").asText().contains("1.0e-09"));
  }

  @Test
  void theReportGoesToAFileWhole() throws IOException {
    Path out = folder.resolve("report.csv");
    Session session = measure("--features", set, "--format", "csv", "--out", out.toString());
    assertEquals("", session.out());
    assertEquals(measure("--features", set, "--format", "csv").out(), Files.readString(out));
  }

  @Test
  void aDryRunShowsWhatWasFound() {
    Session session = measure("--features", set, "--weights", set, "--dry-run");
    assertEquals(
        List.of("features float32 (60, 5)", "labels int32 (60,)", "fc.weight float32 (3, 5)"),
        session.out().lines().toList());
  }

  @Test
  void unusableInputIsRefusedInOneLine() {
    assertRefused("none.npy: no such file", measure("--features", "none.npy"));
    assertRefused(
        "--bias b.npy: needs --weights too", measure("--features", set, "--bias", "b.npy"));
    assertRefused(
        set + ": row 1 has label 1, which is not in 0..0",
        measure("--features", set, "--classes", "1"));
    assertRefused(
        "--rank-tolerance 2.0: rank tolerance must be in [0, 1), got 2.0",
        measure("--features", set, "--rank-tolerance", "2"));
    assertRefused(
        "--only-classes 1,3: class 3 of the subset is not in 0..2",
        measure("--features", set, "--only-classes", "1,3"));
    assertRefused("--classes 0: must be 1 or more", measure("--features", set, "--classes", "0"));
    String nowhere = folder.resolve("none/report.csv").toString();
    assertRefused(
        nowhere + ": cannot be written, there is no folder " + folder.resolve("none"),
        measure("--features", "none.npy", "--out", nowhere));
    assertRefused(
        "one of --features FILE and --network FILE is needed (see 'collapsar measure --help')",
        measure());
    String unknown = measure("--features", set, "--metrics", "nc1_pinw").err();
    assertTrue(unknown.startsWith("collapsar: unknown metric nc1_pinw; nearest: nc1_pinv, "));
    assertEquals(1, unknown.lines().count());
  }

  @Test
  void aRowThatIsNotFiniteIsNamedWithItsFile() {
    String file = folder.resolve("bad.safetensors").toString();
    float[] features = new float[ROWS * WIDTH];
    features[17 * WIDTH + 3] = Float.NaN;
    SafeTensors.write(
        Path.of(file),
        Map.of(
            "features", StoredTensor.of(features, ROWS, WIDTH),
            "labels", StoredTensor.of(new int[ROWS], ROWS)),
        Map.of());
    String wrong = file + ": row 17 has NaN at feature 3, where a finite number is needed";
    assertRefused(wrong, measure("--features", file));
    assertRefused(wrong, measure("--features", set, "--ood-features", file));
  }

  @Test
  void moreClassesThanMemoryHoldsAreRefused() {
    Session session = measure("--features", set, "--classes", "2147483647");
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
    assertTrue(session.err().contains("the means of 2147483647 classes"), session.err());
  }

  @Test
  void labelsAreReadAsPeopleSaveThemAndWhatWasDoneIsSaid() {
    String labels = folder.resolve("sparse.safetensors").toString();
    int[] ids = new int[ROWS];
    for (int i = 0; i < ROWS; i++) {
      ids[i] = i == 9 ? -100 : i % CLASSES * 1000 + 7;
    }
    SafeTensors.write(Path.of(labels), Map.of("y", StoredTensor.of(ids, ROWS)), Map.of());
    assertRefused(
        labels
            + ": row 9 has label -100, which is no class (--ignore-label -100 leaves out such"
            + " rows)",
        measure("--features", set, "--labels", labels));
    Session session =
        measure("--features", set, "--labels", labels, "--ignore-label", "-100", "--null", "0");
    assertEquals(
        """
        SET: 1 of 60 rows have label -100 and are left out
        SET: labels are 3 numbers in 7..2007, not 0..2: classes 0..2 are, in ascending order, \
        7, 1007, 2007 (--classes 2008 keeps the numbers)
        """
            .replace("SET", set),
        session.err());
    assertTrue(session.out().startsWith("59 samples, 3 of 3 classes"), session.out());
  }

  @Test
  void severalLayersOfOneFileAreMeasuredOneAfterAnother() throws IOException {
    SafeTensors read = SafeTensors.read(Path.of(set));
    StoredTensor features = read.tensors().get("features");
    String taps = folder.resolve("taps.safetensors").toString();
    SafeTensors.write(
        Path.of(taps),
        Map.of("early", features, "late", features, "labels", read.tensors().get("labels")),
        Map.of());
    Session csv =
        measure("--features", taps + "#late,early", "--format", "csv", "--metrics", "nc1_quot");
    assertEquals(
        List.of("late", "early"),
        csv.out().lines().skip(1).map(line -> line.split(",")[0]).distinct().toList());
    JsonNode all =
        new ObjectMapper()
            .readTree(measure("--features", taps + "#*", "--format", "json", "--null", "0").out());
    JsonNode alone =
        new ObjectMapper()
            .readTree(measure("--features", set, "--format", "json", "--null", "0").out());
    assertEquals(alone.get("metrics"), all.at("/layers/early/metrics"));
    assertEquals(64, alone.at("/files/0/sha256").asText().length());
    assertEquals("json", alone.at("/options/--format").asText());
    assertRefused(
        "--weights " + set + ": belongs to one layer; measure that alone, as --features FILE#NAME",
        measure("--features", taps + "#*", "--weights", set));
  }

  @Test
  void thePageShowsNumbersMeansAndSpectraWithoutAScript() throws IOException {
    Path page = folder.resolve("page.html");
    Session session =
        measure("--features", set, "--weights", set, "--html", page.toString(), "--null", "19");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    String html = Files.readString(page);
    assertTrue(html.contains("<h1>Neural collapse of set.safetensors</h1>"), html);
    assertEquals(3, html.split("<svg class=\"drawing\"", -1).length - 1, "figures");
    assertEquals(CLASSES, html.split("<circle class=\"mean\"", -1).length - 1, "class means");
    assertEquals(ROWS, html.split("<circle class=\"sample\"", -1).length - 1, "samples");
    assertEquals(CLASSES * CLASSES, html.split("<rect ", -1).length - 1, "cosines");
    for (String head : List.of("by formula", "by chance, 95%", "over chance", ">z<")) {
      assertTrue(html.contains(head), head);
    }
    assertTrue(html.contains("no unbiased estimator exists"), "why there is none");
    assertTrue(html.contains("id=\"is-nc1_pinv\""), "definitions");
    assertTrue(html.matches("(?s).*sha256 <code>\\p{XDigit}{64}.*"), "hashes");
    assertTrue(!html.contains("<script") && !html.contains("http:"), "nothing but the page");
    assertRefused(
        folder.resolve("page.txt") + ": the name of what is written must end in .html",
        measure("--features", set, "--html", folder.resolve("page.txt").toString()));
  }

  @Test
  void weightsThatLookTransposedAreNamedAsSuch() {
    String weights = folder.resolve("kernel.safetensors").toString();
    SafeTensors.write(
        Path.of(weights),
        Map.of("kernel", StoredTensor.of(new float[WIDTH * CLASSES], WIDTH, CLASSES)),
        Map.of());
    assertRefused(
        weights
            + ": kernel float32 (5, 3): features are 5 wide, so weights are (classes,"
            + " 5); these look"
            + " transposed, save weights.T",
        measure("--features", set, "--weights", weights));
  }

  @Test
  void theHelpTeachesByExample() {
    Session session = measure("--help");
    assertEquals(ExitCodes.DONE, session.exitCode());
    assertTrue(session.out().contains("collapsar measure --features features.npy"));
    session.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }
}

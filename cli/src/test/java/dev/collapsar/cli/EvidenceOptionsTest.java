package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chance levels, corrected numbers and intervals beside what measure prints. */
class EvidenceOptionsTest {
  private static final int WIDTH = 6;
  private static final int CLASSES = 3;

  @TempDir Path folder;
  private String set;

  @BeforeEach
  void makeSet() {
    set = write("set", 40, CLASSES);
  }

  /** Classes of so many rows, some distance apart, with a classifier along them. */
  private String write(String name, int each, int classes) {
    SplittableRandom random = new SplittableRandom(3);
    int rows = each * classes;
    float[] features = new float[rows * WIDTH];
    int[] labels = new int[rows];
    float[] weights = new float[classes * WIDTH];
    for (int i = 0; i < rows; i++) {
      labels[i] = i % classes;
      for (int j = 0; j < WIDTH; j++) {
        features[i * WIDTH + j] = (float) (random.nextDouble() + (j == labels[i] ? 3 : 0));
      }
    }
    for (int k = 0; k < classes; k++) {
      weights[k * WIDTH + k] = 1;
    }
    String file = folder.resolve(name + ".safetensors").toString();
    SafeTensors.write(
        Path.of(file),
        Map.of(
            "features", StoredTensor.of(features, rows, WIDTH),
            "labels", StoredTensor.of(labels, rows),
            "fc.weight", StoredTensor.of(weights, classes, WIDTH)),
        Map.of());
    return file;
  }

  private static Session measure(String file, String... options) {
    List<String> all = new ArrayList<>(List.of("measure", "--features", file, "--weights", file));
    all.addAll(List.of(options));
    return Session.of(all.toArray(String[]::new));
  }

  private static JsonNode json(String file, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--format", "json"));
    Session session = measure(file, all.toArray(String[]::new));
    assertEquals("", session.err());
    return new ObjectMapper().readTree(session.out()).get("metrics");
  }

  private static double value(JsonNode metrics, String id) {
    assertTrue(metrics.has(id), id);
    assertTrue(metrics.at("/" + id + "/value").isNumber(), id + " " + metrics.get(id));
    return metrics.at("/" + id + "/value").asDouble();
  }

  private static String reason(JsonNode metrics, String id) {
    assertTrue(metrics.at("/" + id + "/value").isNull(), id + " " + metrics.get(id));
    return metrics.at("/" + id + "/note").asText();
  }

  @Test
  void chanceStandsBesideEveryNumberThatLabelsPlayAPartIn() throws IOException {
    JsonNode metrics = json(set);
    for (String id : List.of("nc1_pinv", "nc1_quot", "nc2_etf_err", "nc3_cos_mean")) {
      assertTrue(value(metrics, id + "_null_low") <= value(metrics, id + "_null_median"));
      assertTrue(value(metrics, id + "_null_median") <= value(metrics, id + "_null_high"));
      assertEquals(0.01, value(metrics, id + "_p"), 1e-15);
    }
    assertEquals(
        value(metrics, "nc1_quot") / value(metrics, "nc1_quot_null_median"),
        value(metrics, "nc1_quot_null_ratio"),
        1e-15);
    assertTrue(value(metrics, "nc1_quot_z") < -5);
    assertEquals(118.0 / 2 - 0.5, value(metrics, "nc1_quot_null_closed_form"), 0.01);
    assertEquals(1.0 / 3, value(metrics, "nc4_agree_null_closed_form"), 1e-12);
    assertFalse(metrics.has("nc2_norm_cov_weights_p"), "labels play no part in weights");
  }

  @Test
  void samplingNoiseIsSaidEvenWithoutDraws() throws IOException {
    JsonNode metrics = json(set, "--null", "0");
    assertEquals(40, value(metrics, "samples_smallest_class"));
    double share = value(metrics, "sampling_noise_share");
    assertEquals(value(metrics, "nc1_quot") / 39 * 2 / 3, share, 1e-12);
    assertTrue(metrics.has("nc1_quot_null_closed_form"));
    assertFalse(metrics.has("nc1_quot_p"));
    assertFalse(metrics.has("nc1_quot_corrected"));
  }

  @Test
  void correctedNumbersHaveIntervalsAroundThem() throws IOException {
    JsonNode metrics = json(set, "--null", "0", "--intervals");
    double corrected = value(metrics, "nc1_quot_corrected");
    assertTrue(corrected > value(metrics, "nc1_quot"));
    assertTrue(value(metrics, "nc1_quot_corrected_low") < corrected);
    assertTrue(value(metrics, "nc1_quot_corrected_high") > corrected);
    assertTrue(reason(metrics, "nc3_cos_mean_corrected").contains("held-out"));
    assertTrue(
        value(json(set, "--held-out"), "nc3_cos_mean_corrected") > value(metrics, "nc3_cos_mean"));
  }

  @Test
  void aCompleteTrainingSetHasNoSamplingNoise() throws IOException {
    JsonNode metrics = json(set, "--complete");
    assertTrue(reason(metrics, "sampling_noise_share").contains("all of the network's"));
    assertTrue(reason(metrics, "nc1_quot_corrected").contains("all of the network's"));
    assertEquals(0.01, value(metrics, "nc1_quot_p"), 1e-15);
  }

  @Test
  void outlierScoresStandBesideNc5AndSayThatTheTrainingSamplesThemselvesWereInside()
      throws IOException {
    String far = write("far", 8, 1); // near the first class alone
    JsonNode metrics = json(set, "--null", "0", "--ood-features", far);
    for (String score : List.of("mahalanobis", "neco")) {
      double auroc = value(metrics, "nc5_" + score + "_auroc");
      assertTrue(auroc >= 0 && auroc <= 1, score + " " + auroc);
      assertTrue(
          metrics.at("/nc5_" + score + "_fpr95/note").asText().contains("training samples"),
          metrics.toString());
    }
    JsonNode held = json(set, "--null", "0", "--ood-features", far, "--test-features", set);
    assertEquals(
        value(metrics, "nc5_mahalanobis_auroc"), value(held, "nc5_mahalanobis_auroc"), 1e-12);
    assertTrue(held.at("/nc5_mahalanobis_auroc/note").isNull(), held.toString());
    assertFalse(json(set, "--ood-features", far, "--metrics", "nc1_quot").has("nc5_neco_auroc"));
  }

  @Test
  void outlierScoresAreOfTheClassesThatHaveSamples() throws IOException {
    String far = write("far", 8, 1);
    String[] options = {"--null", "0", "--ood-features", far, "--format", "json"};
    List<String> all =
        new ArrayList<>(List.of("measure", "--features", set, "--weights", write("more", 5, 5)));
    all.addAll(List.of(options));
    Session session = Session.of(all.toArray(String[]::new));
    JsonNode of = new ObjectMapper().readTree(session.out()).get("metrics");
    JsonNode same = json(set, "--null", "0", "--ood-features", far);
    for (String id : List.of("nc5_mahalanobis_auroc", "nc5_neco_fpr95")) {
      assertEquals(value(same, id), value(of, id), 0);
      assertTrue(
          of.at("/" + id + "/note")
              .asText()
              .endsWith("classes that have samples" + " (--min-samples 1)"),
          of.get(id).toString());
    }
    JsonNode chosen = json(set, "--null", "0", "--ood-features", far, "--only-classes", "0,1");
    assertEquals(
        "needs all classes that have samples to be chosen",
        reason(chosen, "nc5_mahalanobis_auroc"));
  }

  @Test
  void aConstantNullIsSaidAndHasNoZ() throws IOException {
    JsonNode metrics = json(write("two", 20, 2));
    assertEquals("all 199 draws are 0.0", reason(metrics, "nc2_etf_err_z"));
    assertEquals(1, value(metrics, "nc2_etf_err_p"));
  }

  @Test
  void oneSampleAClassHasNeitherChanceNorInterval() throws IOException {
    JsonNode metrics = json(write("one", 1, 3));
    assertTrue(reason(metrics, "sampling_noise_share").contains("one sample"));
    assertTrue(reason(metrics, "nc1_quot_corrected_low").contains("one sample"));
  }

  @Test
  void whatCannotBeAskedIsRefused() {
    assertRefused("--null -1: must be 2 or more, or 0 for none", measure(set, "--null", "-1"));
    assertRefused("--null 1: must be 2 or more, or 0 for none", measure(set, "--null", "1"));
    assertRefused(
        "--held-out: rows that the network was trained on (--complete) are not held out",
        measure(set, "--complete", "--held-out"));
    assertRefused(
        "--intervals: the complete training set (--complete) has no sampling noise",
        measure(set, "--complete", "--intervals"));
    assertRefused(
        "--null 99: chance levels are of class means around their own mean, not around that of the"
            + " samples",
        measure(set, "--null", "99", "--global-mean", "samples"));
  }

  private static void assertRefused(String message, Session session) {
    assertEquals("collapsar: " + message + System.lineSeparator(), session.err());
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
  }

  @Test
  void optionsOfAnotherFormulaLeaveItsChanceOutAndSayWhy() throws IOException {
    JsonNode other = json(set, "--dist-exponent", "2", "--rank-tolerance", "1e-9");
    assertTrue(reason(other, "nc1_cdnv_p").contains("exponent 1"));
    assertTrue(reason(other, "nc1_cdnv_corrected").contains("exponent 1"));
    assertTrue(reason(other, "nc1_pinv_p").contains("rank tolerance"));
    assertEquals(0.01, value(other, "nc1_quot_p"), 1e-15);
    assertTrue(
        reason(json(set, "--global-mean", "samples"), "nc1_quot_p").contains("their own mean"));
  }

  @Test
  void theTableHasEightyColumns() {
    String table = measure(set).out();
    String evidence = table.substring(table.indexOf("samples_smallest_class"));
    evidence.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(evidence.contains("199 draws of permuted labels"));
  }

  @Test
  void numbersOfEachClassStandInAFileOfTheirOwn() throws IOException {
    Path classes = folder.resolve("classes.csv");
    JsonNode metrics = json(set, "--null", "0", "--classes-out", classes.toString());
    List<String> lines = Files.readAllLines(classes);
    assertEquals(
        "class,samples,spread,mean_norm,cos_weights,decided,nearest_mean_hits,classifier_hits",
        lines.get(0));
    assertEquals(CLASSES, lines.size() - 1);
    double norms = 0;
    double cosines = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",");
      assertEquals("40", fields[1]);
      norms += Double.parseDouble(fields[3]) / CLASSES;
      cosines += Double.parseDouble(fields[4]) / CLASSES;
      assertEquals("40", fields[6]);
    }
    assertEquals(value(metrics, "nc2_norms_mean"), norms, 1e-12);
    assertEquals(value(metrics, "nc3_cos_mean"), cosines, 1e-12);
  }

  @Test
  void theSameFileHasTheSameDraws() {
    assertEquals(measure(set).out(), measure(set, "--threads", "1").out());
  }
}

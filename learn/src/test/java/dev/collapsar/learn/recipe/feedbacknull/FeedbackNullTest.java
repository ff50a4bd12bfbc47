package dev.collapsar.learn.recipe.feedbacknull;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import dev.collapsar.run.RunRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real recipe on a few images, and on networks trained before. */
class FeedbackNullTest {
  private static final Map<String, String> SMALL =
      Map.of(
          "samples", "256",
          "epochs", "1",
          "test.samples", "100",
          "batch", "64",
          "probe.samples", "64",
          "null.draws", "5",
          "null.networks", "2");
  private static final double SAME = 1e-6; // cosines in single precision, batches split alike
  private static final double GOLDEN = 1e-4;

  @TempDir private static Path directory;
  private static RunRecord record;

  @BeforeAll
  static void run() {
    record = run("first", SMALL);
  }

  private static RunRecord run(String name, Map<String, String> settings) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    settings.forEach((key, text) -> chosen.put(key, new SettingText(text, "--set")));
    return RunEngine.prepare(
            Recipes.named("feedback-null"),
            new RunOptions(chosen, directory.resolve(name), null, 42, 2, "cpu", false),
            new Watching(() -> {}),
            RunClock.system())
        .run();
  }

  private static RunRecord with(String name, String... pairs) {
    Map<String, String> settings = new HashMap<>(SMALL);
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return run(name, settings);
  }

  private static Row row(RunRecord of, String variant, String stage, int epoch, String metric) {
    return of.measurements().stream()
        .filter(
            r ->
                r.variant().equals(variant)
                    && r.stage().equals(stage)
                    && r.epoch() == epoch
                    && r.metric().equals(metric))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + metric + " of " + variant));
  }

  @Test
  void everyVariantIsFollowedAndSetAgainstEveryNull() {
    assertEquals(Status.COMPLETE, record.status());
    for (String variant : List.of("bp", "dfa", "dfa-penalised")) {
      for (int epoch = 0; epoch <= 1; epoch++) {
        for (String id :
            List.of(
                "feedback_cos_l0",
                "feedback_cos_l4",
                "feedback_cos_deep",
                "feedback_norm_ratio_l2",
                "feedback_sign_l2",
                "activation_norm_l4",
                "gradient_norm_l4",
                "error_rank",
                "useful_fraction",
                "useful_fraction_random",
                "accuracy_test")) {
          assertTrue(row(record, variant, "train", epoch, id).value() != null, id);
        }
      }
      for (String stage :
          List.of(
              "train",
              "null-rotated",
              "null-error-shuffled",
              "null-matrices-permuted",
              "null-labels-permuted",
              "null-untrained")) {
        for (String column : List.of("_null_mean", "_null_std", "_z", "_p")) {
          for (String of : List.of("feedback_cos_l1", "feedback_cos_deep")) {
            assertTrue(row(record, variant, stage, 1, of + column).value() != null, stage);
          }
        }
      }
      assertTrue(
          row(record, variant, "train", 1, "feedback_cos_deep_null_std_analytic").value() > 0);
      assertTrue(Files.exists(directory.resolve("first/networks/" + variant + ".safetensors")));
    }
    Set<String> titles =
        record.exhibits().stream().map(ReportItem::title).collect(Collectors.toSet());
    assertTrue(
        titles.containsAll(
            Set.of(
                "Alignment of dfa",
                "Accuracy beside alignment",
                "Cosine by layer",
                "Activation norms",
                "Useful fraction",
                "Six kinds of chance")),
        titles.toString());
    ReportItem.LineChart byLayer =
        record.exhibits().stream()
            .filter(e -> e.title().equals("Cosine by layer"))
            .map(ReportItem.LineChart.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(3, byLayer.bands().size());
    assertTrue(
        record.measurements().stream().noneMatch(row -> row.metric().contains("forgotten")),
        "no rule's network began as that of another ended");
  }

  @Test
  void theSameSeedGivesTheSameBytes() throws IOException {
    with("again");
    assertEquals(
        Files.readString(directory.resolve("first/metrics.csv")),
        Files.readString(directory.resolve("again/metrics.csv")));
  }

  @Test
  void aNetworkOfARunCanBeCalibratedAgainWithoutTraining() {
    RunRecord again =
        with(
            "calibrated",
            "base.checkpoint",
            directory.resolve("first/networks/dfa.safetensors").toString());
    assertEquals(0, again.variants().get(0).trainable());
    for (String id :
        List.of(
            "feedback_cos_l0",
            "feedback_cos_deep",
            "feedback_cos_deep_null_std",
            "feedback_cos_deep_p",
            "activation_norm_l4")) {
      assertEquals(
          row(record, "dfa", "train", 1, id).value(),
          row(again, "checkpoint", "train", 0, id).value(),
          SAME * (1 + row(record, "dfa", "train", 1, id).value()),
          id);
    }
  }

  @Test
  void aCheckpointWithoutMatricesIsCalibratedAgainstFreshOnesOnlyAndSaysSo() {
    Path file = directory.resolve("without.safetensors");
    Map<String, StoredTensor> state = new LinkedHashMap<>();
    SafeTensors.read(directory.resolve("first/networks/bp.safetensors"))
        .tensors()
        .forEach(
            (name, t) -> {
              if (!name.startsWith("Bs.")) {
                state.put(name, t);
              }
            });
    SafeTensors.write(file, state, Map.of());
    RunRecord fresh = with("without", "base.checkpoint", file.toString());
    String reason =
        "the checkpoint holds no feedback matrices (Bs): calibrated against fresh ones only";
    for (String id : List.of("feedback_cos_l1", "feedback_cos_deep", "feedback_cos_deep_z")) {
      assertEquals(reason, row(fresh, "checkpoint", "train", 0, id).note());
    }
    assertEquals(
        row(record, "bp", "train", 1, "feedback_cos_deep_null_std").value(),
        row(fresh, "checkpoint", "train", 0, "feedback_cos_deep_null_std").value(),
        SAME);
    assertTrue(fresh.notes().stream().anyMatch(n -> n.contains("no feedback matrices")));
  }

  @Test
  void theScriptsCheckpointIsCalibratedOnInputsOfItsOwn() throws IOException {
    Path golden = Golden.path("pytorch/residual-mlp-dfa.pt");
    RunRecord run =
        with(
            "golden",
            "base.checkpoint",
            golden.toString(),
            "probe.inputs",
            Golden.path("pytorch/residual-mlp-input.npy").toString(),
            "probe.labels",
            Golden.path("pytorch/residual-mlp-labels.npy").toString(),
            "probe.samples",
            "256",
            "taps",
            "representation");
    JsonNode expected =
        new ObjectMapper().readTree(Golden.path("pytorch/residual-mlp-expected.json").toFile());
    for (int l = 0; l < 5; l++) {
      assertEquals(
          expected.get("cos_training_B").get(l).asDouble(),
          row(run, "checkpoint", "train", 0, "feedback_cos_l" + l).value(),
          GOLDEN);
    }
    assertTrue(run.notes().stream().anyMatch(n -> n.contains("min(l, L-1)")));
    double agreeing =
        run.measurements().stream()
            .filter(r -> r.layer().equals("representation") && r.metric().equals("nc4_agree"))
            .findFirst()
            .orElseThrow()
            .value();
    assertTrue(agreeing > 0.1, "the nearest mean agrees no more than by chance: " + agreeing);
  }

  @Test
  void convolutionsAndTheOtherRulesLearnToo() {
    RunRecord cnn = with("cnn", "network", "small-cnn", "variants", "dfa,shallow,sign-batch");
    assertEquals(3, cnn.variants().size());
    assertEquals(
        "feedback matrices of different widths cannot change places",
        row(cnn, "dfa", "null-matrices-permuted", 1, "feedback_cos_deep_z").note());
    for (RunRecord.Variant variant : cnn.variants()) {
      double before = row(cnn, variant.name(), "train", 0, "accuracy_test").value();
      assertNotEquals(before, row(cnn, variant.name(), "train", 1, "accuracy_test").value());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "null.draws, 0, '--set null.draws=0: must be a whole number in 2..1000000'",
    "probe.samples, 1, '--set probe.samples=1: must be a whole number in 2..2147483647'",
    "variants, 'dfa,dfa', '--set variants=dfa,dfa: must be some of bp, dfa, dfa-penalised, shallow,"
        + " fa, sign-uniform, sign-fixed, sign-batch, all different, separated by commas'",
    "probe.inputs, x.npy, 'probe.inputs and probe.labels are given together'",
    "base.checkpoint, missing.pt, 'missing.pt: no such file'"
  })
  void badInputIsOneLine(String key, String value, String expected) {
    assertEquals(
        expected,
        assertThrows(InvalidInputException.class, () -> with("refused", key, value)).getMessage());
    assertFalse(Files.exists(directory.resolve("refused")));
  }

  @Test
  void aPairingThatTheNetworkCannotHaveIsRefused() {
    String message =
        assertThrows(
                InvalidInputException.class,
                () -> with("refused", "network", "mlp", "feedback.pairing", "shared"))
            .getMessage();
    assertEquals(
        "feedback.pairing 0,0: one matrix cannot feed hidden states of widths [1000, 2000]; allowed"
            + " here: own",
        message);
  }
}

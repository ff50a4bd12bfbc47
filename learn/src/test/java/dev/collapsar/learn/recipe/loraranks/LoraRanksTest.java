package dev.collapsar.learn.recipe.loraranks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.metric.MetricInfo;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoraRanksTest {
  private static final List<String> VARIANTS =
      List.of("base", "head", "lora-r1", "lora-r2", "lora-r16", "full");

  @TempDir Path directory;
  private RunRecord frozen;
  private List<String> draws;

  private RunRecord frozen() {
    if (frozen == null) {
      frozen = run("frozen", "lora-ranks", Map.of("adapt.epochs", "2"));
      draws = List.of(directory.resolve("frozen/draws").toFile().list());
    }
    return frozen;
  }

  @Test
  void everyVariantIsMeasuredBeforeTheFirstStepAndAfterEveryEpoch() {
    assertEquals(VARIANTS, frozen().variants().stream().map(RunRecord.Variant::name).toList());
    Map<String, Set<String>> numbers =
        frozen().measurements().stream()
            .filter(row -> row.stage().equals("adapt") && !row.metric().matches("align_angle_\\d+"))
            .filter(row -> row.epoch() < 2) // whose last one has more beside its numbers
            .collect(
                Collectors.groupingBy(
                    row -> row.variant() + row.epoch(),
                    Collectors.mapping(Row::metric, Collectors.toSet())));
    assertEquals(5 * 2, numbers.size());
    assertEquals(1, numbers.values().stream().distinct().count(), "the same numbers everywhere");
    assertTrue(
        numbers
            .get("lora-r20")
            .containsAll(
                List.of(
                    "loss_regularized",
                    "accuracy_train_end",
                    "nc1_trace",
                    "nc1_pinv",
                    "nc2_norm_cov_means",
                    "nc2_norm_cov_weights",
                    "nc2_coherence_means",
                    "nc2_coherence_weights",
                    "nc3_frobenius",
                    "nc4_mismatch",
                    "rank_entropy",
                    "update_rank_99",
                    "class_mean_change",
                    "align_projection_original_z",
                    "align_cos_abs_shuffled_p",
                    "align_output_cos_abs_null_std",
                    "align_notebook_literal")));
    assertEquals(
        frozen().measurements().stream().map(Row::metric).distinct().toList(),
        frozen().metrics().stream().map(MetricInfo::id).toList());
    frozen().metrics().forEach(info -> assertFalse(info.meaning().isBlank(), info.id()));
  }

  @Test
  void anUpdateHasNoDirectionsBeforeTheFirstStepAndThatIsSaid() {
    Row before = row(frozen(), "lora-r2", 0, "align_projection");
    assertNull(before.value());
    assertEquals("the update is zero: it has no directions", before.note());
    assertEquals(0, value(frozen(), "lora-r2", 0, "update_norm"));
    assertEquals("by chance r/D = 2/32", row(frozen(), "lora-r2", 1, "align_projection").note());
  }

  @Test
  void frozenMeansFrozenAndTheClassifierIsTheEffectiveOne() {
    for (String variant : List.of("head", "lora-r1", "lora-r2", "lora-r16")) {
      assertEquals(0, value(frozen(), variant, 2, "class_mean_change"), variant);
      assertEquals(
          value(frozen(), variant, 0, "nc1_trace"), value(frozen(), variant, 2, "nc1_trace"));
      assertNotEquals(
          value(frozen(), variant, 0, "nc3_frobenius"),
          value(frozen(), variant, 2, "nc3_frobenius"),
          variant);
    }
    assertNotEquals(0, value(frozen(), "full", 2, "class_mean_change"));
    assertTrue(
        frozen()
            .notes()
            .contains("What is frozen before fc was evaluated once for each set of images."));
  }

  @Test
  void aRankAboveTheClassesIsWarnedAbout() {
    assertTrue(
        frozen().notes().stream()
            .anyMatch(note -> note.startsWith("lora-r16: rank 16 is above K-1 = 9.")),
        frozen().notes().toString());
    assertTrue(frozen().notes().stream().noneMatch(note -> note.startsWith("lora-r2:")));
  }

  @Test
  void aBaseThatIsNotCollapsedAnswersNothingWhateverTheSeed() {
    RunRecord other = run("seed", "lora-ranks", Map.of("adapt.epochs", "2"), 7);
    for (RunRecord record : List.of(frozen(), other)) {
      for (ReportItem exhibit : record.exhibits()) {
        if (exhibit instanceof ReportItem.Answer verdict) {
          assertTrue(verdict.answer().startsWith("No answer: the base is not"), verdict.answer());
        }
      }
    }
  }

  @Test
  void updatesStandBesideHeadsThatLearnedPermutedLabels() {
    for (String variant : List.of("head", "lora-r2", "full")) {
      double p = value(frozen(), variant, 2, "align_class_cos_p");
      assertTrue(p >= 2.0 / 31 && p <= 1, variant + " " + p);
      assertEquals(
          value(frozen(), "head", 2, "align_class_cos_null_std"),
          value(frozen(), "lora-r2", 2, "align_class_cos_null_std"),
          "the same heads beside every update of the same representation");
    }
    assertEquals(1, value(frozen(), "head", 2, "cka_before"));
    assertTrue(value(frozen(), "full", 2, "cka_before") < 1);
    assertEquals(9.0 / 32, value(frozen(), "head", 2, "align_span_null_closed_form"), 1e-12);
    assertTrue(draws.contains("lora-r1-retrained-heads.npz"), draws.toString());
  }

  @Test
  void updatesOfAllRanksAreMadeAsLongAsTheHeads() {
    RunRecord matched =
        run(
            "matched",
            "lora-ranks",
            Map.of("lora.match", "update-norm", "variants", "head,lora", "lora.dropout", "0"));
    double head = value(matched, "head", 1, "update_norm");
    for (String variant : List.of("lora-r1", "lora-r2", "lora-r16")) {
      double ratio = value(matched, variant, 1, "update_norm") / head;
      assertEquals(0, Math.log(ratio), 0.05, variant);
      assertTrue(
          matched.notes().stream().anyMatch(note -> note.startsWith(variant + ": learning rate")),
          matched.notes().toString());
    }
  }

  @Test
  void adaptersMayStartFromTheClassMeans() {
    RunRecord started =
        run(
            "means",
            "lora-ranks",
            Map.of("lora.init", "class-means", "lora.rank", "2", "variants", "lora"));
    assertTrue(value(started, "lora-r2", 1, "update_norm") > 0);
    InvalidInputException refused =
        assertThrows(
            InvalidInputException.class,
            () -> run("wide", "lora-ranks", Map.of("lora.init", "class-means")));
    assertEquals(
        "lora.rank=16: must be at most 9 with lora.init=class-means, which starts from so many"
            + " directions",
        refused.getMessage());
  }

  @Test
  void theReportHasBothVerdictsAndTheNullBands() {
    List<ReportItem.Answer> verdicts =
        frozen().exhibits().stream()
            .filter(ReportItem.Answer.class::isInstance)
            .map(ReportItem.Answer.class::cast)
            .toList();
    assertEquals(2, verdicts.size());
    assertEquals(6, verdicts.get(0).evidence().size(), "the base and every variant");
    assertEquals(6, verdicts.get(1).evidence().size(), "the base and every variant");
    ReportItem.LineChart alignment =
        frozen().exhibits().stream()
            .filter(e -> e.title().equals("align_projection by rank"))
            .map(ReportItem.LineChart.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(List.of(1.0, 2.0), alignment.curves().get(0).x());
    ReportItem.Band band = alignment.bands().get(0);
    assertEquals(
        value(frozen(), "lora-r1", 1, "align_projection_null_mean")
            - 2 * value(frozen(), "lora-r1", 1, "align_projection_null_std"),
        band.low().get(0));
  }

  @Test
  void everyRankStandsBesideTheOneBeforeItAndItsDirectionsBesideTheBases() {
    assertTrue(
        frozen().measurements().stream()
            .noneMatch(row -> row.variant().equals("lora-r1") && row.metric().contains("rank_sim")),
        "there is none before it");
    double similarity = value(frozen(), "lora-r16", 2, "rank_similarity");
    double chance = value(frozen(), "lora-r16", 2, "rank_similarity_null_closed_form");
    assertTrue(similarity >= 0 && similarity <= 1 + 1e-12, "similarity " + similarity);
    assertTrue(chance > 0 && chance < 1, "chance " + chance);
    for (String variant : VARIANTS.subList(1, VARIANTS.size())) {
      assertTrue(
          value(frozen(), variant, 2, "amplification")
              >= value(frozen(), variant, 2, "amplification_strongest") * (1 - 1e-9),
          variant);
    }
    List<ReportItem.Heatmap> grids =
        frozen().exhibits().stream()
            .filter(ReportItem.Heatmap.class::isInstance)
            .map(ReportItem.Heatmap.class::cast)
            .toList();
    ReportItem.Heatmap ranks =
        grids.stream()
            .filter(grid -> grid.title().equals("Similarity of updates across ranks"))
            .findFirst()
            .orElseThrow();
    assertEquals(VARIANTS.subList(1, VARIANTS.size()), ranks.rows());
    assertEquals(1, ranks.values().get(0).get(0), 1e-9);
    assertTrue(
        grids.stream().anyMatch(grid -> grid.title().equals("Directions of lora-r2 and lora-r16")));
  }

  @Test
  void driftMovesTheRepresentationOfAFrozenBackboneAndTheReportSaysSo() {
    RunRecord drifting =
        run(
            "drift",
            "lora-ranks",
            Map.of("backbone.batchnorm", "drift", "lora.rank", "1", "variants", "lora"));
    assertNotEquals(0, value(drifting, "lora-r1", 1, "class_mean_change"));
    assertTrue(
        drifting.notes().stream().anyMatch(note -> note.startsWith("backbone.batchnorm=drift:")));
    assertTrue(
        drifting.notes().stream().anyMatch(note -> note.contains("batch normalisation drifts")),
        drifting.notes().toString());
  }

  @Test
  void rankStabilisedScalingIsWrittenIntoTheAdapter() throws Exception {
    run(
        "stable",
        "lora-ranks",
        Map.of("lora.scaling", "rank-stabilised", "lora.rank", "4", "variants", "lora"));
    String config =
        Files.readString(directory.resolve("stable/adapters/lora-r4/adapter_config.json"));
    assertTrue(config.matches("(?s).*\"use_rslora\"\\s*:\\s*true.*"), config);
  }

  @Test
  void onlyTheChosenVariantsRun() {
    RunRecord some = run("some", "lora-ranks", Map.of("variants", "lora", "lora.rank", "3"));
    assertEquals(
        List.of("base", "lora-r3"), some.variants().stream().map(RunRecord.Variant::name).toList());
  }

  @Test
  void classesWithTooFewImagesAreRefused() {
    InvalidInputException refused =
        assertThrows(
            InvalidInputException.class, () -> run("few", "lora-ranks", Map.of("samples", "11")));
    assertTrue(
        refused
            .getMessage()
            .matches("samples=11: class \\d has [01] of them; measuring needs at least 2 a class"),
        refused.getMessage());
    assertFalse(Files.exists(directory.resolve("few")));
  }

  @Test
  void aCheckpointOfAnotherWidthIsRefusedWithTenNamesAndTheirNumber() {
    String file = Golden.path("pytorch/resnet18-w16.pth").toString();
    InvalidInputException refused =
        assertThrows(
            InvalidInputException.class,
            () -> run("other", "lora-ranks", Map.of("base.checkpoint", file)));
    String message = refused.getMessage();
    assertTrue(
        message.contains("of another shape (conv1.weight [16, 3, 3, 3] instead of"), message);
    assertTrue(message.contains(", ...)"), message);
    assertEquals(10, message.split(" instead of ", -1).length - 1);
  }

  @Test
  void theNotebooksSetUpIsTheDefaultOnCifar10() {
    Map<String, Object> settings =
        Settings.resolve(Recipes.named("lora-ranks-cifar10").settings(), Map.of()).asMap();
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("data", "cifar10");
    expected.put("network", "resnet18");
    expected.put("network.width", 64);
    expected.put("adapt.epochs", 20);
    expected.put("batch", 128);
    expected.put("adapt.learning-rate", 0.01);
    expected.put("adapt.momentum", 0.9);
    expected.put("adapt.weight-decay", 5e-4);
    expected.put("lora.rank", List.of(1, 2, 4, 8, 16));
    expected.put("lora.alpha", 16.0);
    expected.put("lora.dropout", 0.05);
    expected.put("samples", 50_000);
    expected.forEach((key, value) -> assertEquals(value, settings.get(key), key));
  }

  @Test
  void theNotebooksRecipeRunsToItsEndOnAFolderOfColouredImages() throws IOException {
    Path folder = directory.resolve("blocks");
    for (String half : List.of("train", "test")) {
      for (int k = 0; k < 3; k++) {
        Path images = Files.createDirectories(folder.resolve(half).resolve("class" + k));
        for (int i = 0; i < 12; i++) {
          ImageIO.write(block(k, half.length() + i), "png", images.resolve(i + ".png").toFile());
        }
      }
    }
    RunRecord record =
        run(
            "of-blocks",
            "lora-ranks-cifar10",
            Map.of("data", folder.toString(), "samples", "36", "test.samples", "36"));
    assertEquals(RunRecord.Status.COMPLETE, record.status());
    assertTrue(value(record, "lora-r2", 1, "nc1_pinv") > 0);
  }

  /** 32 x 32 in one of three colours, with a stripe that differs from image to image. */
  private static BufferedImage block(int colour, int stripe) {
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        image.setRGB(x, y, (x == stripe ? 90 : 200) << 8 * colour);
      }
    }
    return image;
  }

  private RunRecord run(String name, String recipe, Map<String, String> choices) {
    return run(name, recipe, choices, 1);
  }

  private RunRecord run(String name, String recipe, Map<String, String> choices, long seed) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    Map<String, String> small =
        Map.of(
            "network.width", "4",
            "samples", "300",
            "test.samples", "100",
            "base.epochs", "1",
            "adapt.epochs", "1",
            "lora.rank", "1,2,16",
            "lora.match", "none",
            "null.draws", "30",
            "null.shuffles", "10");
    small.forEach((key, value) -> chosen.put(key, new SettingText(value, "test")));
    choices.forEach((key, value) -> chosen.put(key, new SettingText(value, "test")));
    RunOptions options =
        new RunOptions(chosen, directory.resolve(name), null, seed, 2, "cpu", false);
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return RunEngine.prepare(Recipes.named(recipe), options, new Watching(() -> {}), clock).run();
  }

  private static Row row(RunRecord record, String variant, int epoch, String metric) {
    return record.measurements().stream()
        .filter(r -> r.variant().equals(variant) && r.stage().equals("adapt"))
        .filter(r -> r.epoch() == epoch && r.metric().equals(metric))
        .findFirst()
        .orElseThrow();
  }

  private static double value(RunRecord record, String variant, int epoch, String metric) {
    return row(record, variant, epoch, metric).value();
  }
}

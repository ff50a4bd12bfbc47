package dev.collapsar.learn.recipe.collapse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.dataset.TinyImages;
import dev.collapsar.learn.recipe.Recipes;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.MeasurementSchedule;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.settings.Settings;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.ReportItem;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import dev.collapsar.run.RunRecord.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real recipes on a few images. */
class CollapseRecipeTest {
  private static final Map<String, String> SMALL =
      Map.of(
          "samples", "100",
          "test.samples", "60",
          "ood.samples", "60",
          "epochs", "3",
          "every", "2",
          "batch", "25",
          "network.width", "4");

  /** The published example's dictionary. */
  private static final List<String> ELEVEN =
      List.of(
          "nc1_pinv",
          "nc1_svd",
          "nc1_quot",
          "nc1_cdnv",
          "nc2_etf_err",
          "nc2g_dist",
          "nc2g_log",
          "nc3_dual_err",
          "nc3u_uni_dual",
          "nc4_agree",
          "nc5_ood_dev");

  /** Papyan, Han and Donoho's numbers, as the notebook names them here. */
  private static final List<String> PAPYAN =
      List.of(
          "nc2_norm_cov_means",
          "nc2_norm_cov_weights",
          "nc2_coherence_means",
          "nc2_coherence_weights",
          "nc3_frobenius",
          "nc4_mismatch",
          "accuracy_test",
          "loss_train_end",
          "accuracy_train_end");

  @TempDir private static Path directory;
  private static RunRecord last;
  private static RunRecord layers;

  @BeforeAll
  static void run() {
    Map<String, String> squares = new LinkedHashMap<>(SMALL);
    squares.put("loss", "mse");
    last = experiment("collapse", squares, directory.resolve("last")).run();
    layers = experiment("collapse-layers", SMALL, directory.resolve("layers")).run();
  }

  @Test
  void everyNumberOfTheExampleAndOfPapyanHasAValueAtTheMeasuredEpochs() {
    for (int epoch : new int[] {0, 2, 3}) {
      Map<String, Double> at = at(last, epoch, "");
      for (String metric : ELEVEN) {
        assertTrue(at.get(metric) != null, metric + " at epoch " + epoch);
      }
      assertTrue(at.keySet().containsAll(PAPYAN), at.keySet().toString());
    }
  }

  @Test
  void betweenTheMeasuredEpochsThereAreTheTrainingsOwnNumbersAlone() {
    assertEquals(Set.of("loss_train", "accuracy_train"), at(last, 1, "").keySet());
    assertEquals(4, last.epochs().size());
  }

  @Test
  void thePartsOfTheSquaredLossAddUpToTheLossThatTheImagesHave() {
    Checkpoint network = Checkpoint.read(directory.resolve("last/networks/base.safetensors"));
    double square = square(network, "fc.weight") + square(network, "fc.bias");
    Map<String, Double> at = at(last, 3, "");
    double lambda = 5e-4 / 2;
    int classes = 10;
    double direct = (classes * at.get("loss_train_end") + lambda * square) / 2;
    assertEquals(direct, at.get("mse_loss"), 1e-6 * direct); // logits are single precision
    assertEquals(
        at.get("mse_loss"),
        at.get("mse_nc1") + at.get("mse_nc23") + at.get("mse_perp"),
        Math.ulp(4.));
  }

  private static double square(Checkpoint network, String name) {
    float[] values = TensorBridge.toFloats(TensorBridge.tensor(network.tensors().get(name)));
    return IntStream.range(0, values.length).mapToDouble(i -> values[i] * values[i]).sum();
  }

  @Test
  void everyStageIsMeasuredAndTheClassifierAtTheRepresentationAlone() {
    Set<String> there = new TreeSet<>();
    layers.measurements().forEach(row -> there.add(row.layer()));
    assertEquals(Set.of("", "layer1", "layer2", "layer3", "layer4", "representation"), there);
    for (String layer : there) {
      Map<String, Double> at = at(layers, 3, layer);
      if (layer.isEmpty()) {
        assertEquals(
            Set.of(
                "loss_train",
                "accuracy_train",
                "loss_test",
                "accuracy_test",
                "accuracy_test_low",
                "accuracy_test_high",
                "loss_train_end",
                "accuracy_train_end",
                "nc5_mahalanobis_auroc",
                "nc5_mahalanobis_fpr95",
                "nc5_neco_auroc",
                "nc5_neco_fpr95"),
            at.keySet());
      } else {
        for (String metric : List.of("nc1_pinv", "nc1_cdnv", "nc2_etf_err", "nc5_ood_dev")) {
          assertTrue(at.get(metric) != null, metric + " at " + layer);
        }
        assertEquals(layer.equals("representation"), at.containsKey("nc3_dual_err"), layer);
      }
    }
  }

  @Test
  void theReportHasTheSimplexAndTheSpectraOfTheRepresentation() {
    Map<String, ReportItem> shown =
        layers.exhibits().stream().collect(Collectors.toMap(ReportItem::title, e -> e));
    ReportItem.Heatmap gram =
        (ReportItem.Heatmap) shown.get("Gram matrix of the class means against the ideal simplex");
    double trace = 0;
    for (int k = 0; k < 10; k++) {
      trace += gram.values().get(k).get(k);
      double rowSum = gram.values().get(k).stream().mapToDouble(v -> v).sum();
      assertEquals(0, rowSum, 1e-12, "centred means sum to zero, as a simplex's do");
    }
    assertEquals(0, trace, 1e-12);
    ReportItem.LineChart spectra =
        (ReportItem.LineChart) shown.get("Spectra of the representation");
    ReportItem.Curve between = spectra.curves().get(2);
    assertTrue(between.y().size() <= 9, "S_B has at most K-1 directions");
  }

  @Test
  void theTerminalPhaseBeginsWhereNoTrainingImageIsMisclassifiedAnyMore() {
    List<Row> rows = new ArrayList<>();
    double[] accuracies = {0.1, 0.9, 1, 0.99, 1};
    for (int i = 0; i < accuracies.length; i++) {
      rows.add(row(2 * i, "accuracy_train_end", accuracies[i]));
      rows.add(row(2 * i, "nc1_quot", 1.0 / (i + 1)));
    }
    CollapseReportItems exhibits = new CollapseReportItems(MetricHistory.of(rows), "");
    assertEquals(
        "The terminal phase begins at epoch 4: the first measured one after which no training image"
            + " is misclassified.",
        exhibits.terminalPhase());
    ReportItem.Table landmarks = (ReportItem.Table) exhibits.landmarks().orElseThrow();
    assertEquals(
        List.of("metric", "epoch 0", "epoch 4, terminal phase begins", "epoch 8"),
        landmarks.columns());
    assertEquals(List.of("nc1_quot", "1.000", "0.3333", "0.2000"), landmarks.rows().get(1));
    assertEquals(
        "The terminal phase was not reached: after epoch 2 the training accuracy is 0.9000.",
        new CollapseReportItems(MetricHistory.of(rows.subList(0, 4)), "").terminalPhase());
  }

  private static Row row(int epoch, String metric, double value) {
    return new Row("base", "pretrain", epoch, "", metric, value, null);
  }

  @Test
  void aSampleThatLeavesAClassWithoutImagesIsRefusedBeforeTraining() {
    InvalidInputException refused =
        assertThrows(
            InvalidInputException.class,
            () -> experiment("collapse", Map.of("samples", "5"), directory.resolve("few")).run());
    assertTrue(
        refused
            .getMessage()
            .matches("samples=5: class \\d has 0 of them; measuring needs at least 1 a class"),
        refused.getMessage());
  }

  @Test
  void anyImagesMayBeOutOfDistributionAndEnterAsTheDataDo() throws IOException {
    Path tiny = TinyImages.folder(directory.resolve("tiny"), TinyImages.files());
    for (String ood : List.of("fashion-mnist", tiny.resolve("test/cat").toString())) {
      RunRecord record =
          experiment(
                  "collapse",
                  Map.of(
                      "data", tiny.toString(),
                      "data.size", "8",
                      "ood", ood,
                      "ood.samples", "5",
                      "epochs", "0",
                      "network.width", "2"),
                  directory.resolve("ood" + ood.length()))
              .run();
      RunRecord.DataSet set =
          record.data().stream().filter(d -> d.role().equals("ood")).findFirst().orElseThrow();
      assertEquals(List.of(3, 8, 8), set.shape());
      assertTrue(
          record.measurements().stream()
              .anyMatch(row -> row.metric().equals("nc5_ood_dev") && row.value() != null));
    }
  }

  private static IntPredicate schedule(String every) {
    MeasurementSchedule schedule = new MeasurementSchedule();
    return schedule.epochs(
        Settings.resolve(schedule.settings(), Map.of("every", new SettingText(every, "--set"))));
  }

  @Test
  void thePapyanScheduleHasTheNotebooksFiftyEpochs() {
    List<Integer> chosen =
        IntStream.rangeClosed(1, 350).filter(schedule("papyan")).boxed().toList();
    assertEquals(50, chosen.size());
    assertEquals(List.of(13, 14, 16, 17, 19), chosen.subList(12, 17));
    assertEquals(List.of(268, 293, 320, 350), chosen.subList(46, 50));
  }

  private static Map<String, Double> at(RunRecord record, int epoch, String layer) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (Row row : record.measurements()) {
      boolean own = !row.stage().equals(HeldOut.STAGE);
      if (own && row.epoch() == epoch && row.layer().equals(layer)) {
        values.put(row.metric(), row.value());
      }
    }
    return values;
  }

  private static RunEngine experiment(String recipe, Map<String, String> chosen, Path out) {
    Map<String, SettingText> settings = new LinkedHashMap<>();
    chosen.forEach((key, text) -> settings.put(key, new SettingText(text, "--set")));
    RunOptions options = new RunOptions(settings, out, null, 42, 2, "cpu", false);
    return RunEngine.prepare(
        Recipes.named(recipe), options, new Watching(() -> {}), RunClock.system());
  }
}

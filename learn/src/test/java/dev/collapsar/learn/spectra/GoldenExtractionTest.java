package dev.collapsar.learn.spectra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BaseModel;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.Change;
import dev.collapsar.learn.merge.NetworkMerge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter taken out of a fine-tune, against dense decompositions by other code. */
class GoldenExtractionTest {
  private static final Path FOLDER = Golden.path("adapters/extract");

  /** Doubles summed in another order. */
  private static final double RELATIVE = 1e-9;

  @TempDir Path temporary;

  private static Extraction extract(RankRule rule) {
    return extract(FOLDER.resolve("base.safetensors"), FOLDER.resolve("tuned.safetensors"), rule);
  }

  private static Extraction extract(Path from, Path to, RankRule rule) {
    try (BaseNetwork base = BaseNetwork.open(from);
        BaseNetwork tuned = BaseNetwork.open(to)) {
      return Extraction.of(base, tuned, rule, List.of(), BaseModel.UNSTATED, done -> {});
    }
  }

  private static JsonNode expected(String module) throws IOException {
    return new ObjectMapper()
        .readTree(FOLDER.resolve("expected.json").toFile())
        .get("layers")
        .get(module + ".weight");
  }

  @Test
  void theErrorAtEachRankIsTheLeastThereIs() throws IOException {
    for (int rank = 1; rank <= 3; rank++) {
      Map<String, Extraction.Layer> layers = extract(new RankRule.Fixed(rank)).layers();
      assertTrue(layers.size() >= 4);
      for (Map.Entry<String, Extraction.Layer> layer : layers.entrySet()) {
        JsonNode expected = expected(layer.getKey());
        assertRelative(expected.get("update_frobenius"), layer.getValue().change());
        JsonNode best = expected.get("best_error_at_rank").get(Integer.toString(rank));
        assertRelative(best, layer.getValue().error());
      }
    }
  }

  @Test
  void theRankForAShareOfEnergyOrAnErrorIsTheLeast() throws IOException {
    for (String share : List.of("0.8", "0.9", "0.95", "0.99")) {
      extract(new RankRule.Energy(Double.parseDouble(share)))
          .layers()
          .forEach((module, layer) -> assertRank(module, "rank_for_energy", share, layer));
    }
    for (String share : List.of("0.3", "0.1", "0.05")) {
      extract(new RankRule.Error(Double.parseDouble(share)))
          .layers()
          .forEach((module, layer) -> assertRank(module, "rank_for_relative_error", share, layer));
    }
  }

  private static void assertRank(String module, String rule, String share, Extraction.Layer layer) {
    Assertions.assertDoesNotThrow(
        () -> assertEquals(expected(module).get(rule).get(share).intValue(), layer.rank(), module));
  }

  @Test
  void whatFitsNoLowRankIsSavedInFullAndMergingGivesTheTunedNetworkBack() {
    Extraction extraction = extract(new RankRule.Error(.05));
    assertTrue(
        extraction
            .full()
            .keySet()
            .containsAll(
                List.of(
                    "dense.weight",
                    "extra.weight",
                    "head.weight",
                    "model.norm.weight",
                    "model.layers.0.q_proj.bias",
                    "steps")));
    Path adapter = temporary.resolve("adapter");
    extraction.adapter().write(adapter);
    Path merged = temporary.resolve("merged.safetensors");
    Map<String, Change> changes;
    try (BaseNetwork base = BaseNetwork.open(FOLDER.resolve("base.safetensors"))) {
      changes =
          NetworkMerge.of(base, AdapterFile.read(adapter).parts(), Optional.empty())
              .writeFile(merged, 1, whole -> {});
    }
    assertEquals(extraction.layers().size(), changes.size());
    Map<String, StoredTensor> tuned =
        SafeTensors.read(FOLDER.resolve("tuned.safetensors")).tensors();
    SafeTensors.read(merged)
        .tensors()
        .forEach((name, tensor) -> assertClose(name, tuned.get(name), tensor, extraction));
  }

  private static void assertClose(
      String name, StoredTensor tuned, StoredTensor merged, Extraction extraction) {
    Extraction.Layer layer = extraction.layers().get(name.replace(".weight", ""));
    if (layer == null || !name.endsWith(".weight")) {
      assertEquals(tuned, merged, name);
      return;
    }
    double squares = 0;
    double[] expected = tuned.toDoubles();
    double[] found = merged.toDoubles();
    for (int i = 0; i < found.length; i++) {
      squares += (found[i] - expected[i]) * (found[i] - expected[i]);
    }
    double rounding = 0x1p-23 * (layer.base() + layer.change()); // of factors and of the result
    assertEquals(layer.error(), Math.sqrt(squares), rounding);
  }

  @Test
  void aSketchKnowsItsErrorExactlyAndBoundsTheBest() {
    int m = 800;
    int n = 900;
    Map<String, StoredTensor> base = new TreeMap<>();
    Map<String, StoredTensor> tuned = new TreeMap<>();
    double[] change = new double[m * n];
    SplittableRandom random = new SplittableRandom(5);
    for (int k = 0; k < 40; k++) {
      double[] u = random.doubles(m, -1, 1).toArray();
      double[] v = random.doubles(n, -1, 1).toArray();
      for (int i = 0; i < m * n; i++) {
        change[i] += Math.pow(.8, k) * u[i / n] * v[i % n];
      }
    }
    base.put("layer.weight", StoredTensor.of(new double[m * n], m, n));
    tuned.put("layer.weight", StoredTensor.of(change, m, n));
    Path from = temporary.resolve("base.safetensors");
    Path to = temporary.resolve("tuned.safetensors");
    SafeTensors.write(from, base, Map.of());
    SafeTensors.write(to, tuned, Map.of());
    Extraction extraction = extract(from, to, new RankRule.Fixed(5));
    Extraction.Layer layer = extraction.layers().get("layer");
    assertEquals(
        distance(extraction.adapter(), change, m, n), layer.error(), 1e-6 * layer.change());
    assertTrue(layer.leastError() < layer.error());
    assertTrue(layer.leastError() > .98 * layer.error(), () -> layer.toString());
    assertEquals(40, extract(from, to, new RankRule.Error(1e-9)).layers().get("layer").rank());
  }

  private static double distance(AdapterFile adapter, double[] change, int m, int n) {
    double[] a = adapter.modules().get("layer").a().toDoubles();
    double[] b = adapter.modules().get("layer").b().toDoubles();
    int rank = a.length / n;
    double squares = 0;
    for (int i = 0; i < m * n; i++) {
      double left = change[i];
      for (int k = 0; k < rank; k++) {
        left -= b[i / n * rank + k] * a[k * n + i % n];
      }
      squares += left * left;
    }
    return Math.sqrt(squares);
  }

  @Test
  void equalNetworksHaveNothingToExtract() {
    Path base = FOLDER.resolve("base.safetensors");
    InvalidInputException e =
        Assertions.assertThrows(
            InvalidInputException.class, () -> extract(base, base, new RankRule.Fixed(4)));
    assertTrue(e.getMessage().contains("nothing to extract"), e.getMessage());
  }

  private static void assertRelative(JsonNode expected, double found) {
    assertEquals(expected.doubleValue(), found, RELATIVE * expected.doubleValue());
  }
}

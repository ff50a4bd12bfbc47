package dev.collapsar.learn.spectra;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.linalg.Matrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Against numbers computed with dense updates by other code, to 1e-8. */
class GoldenComparisonTest {
  private static final double TOLERANCE = 1e-8;
  private static final Path FOLDER = Golden.path("adapters/compare");

  @Test
  void everyNumberOfTwoAdaptersIsTheDenseOne() throws IOException {
    JsonNode expected = new ObjectMapper().readTree(FOLDER.resolve("expected.json").toFile());
    try (AdapterLayouts.Opened a = AdapterLayouts.open(FOLDER.resolve("a"));
        AdapterLayouts.Opened b = AdapterLayouts.open(FOLDER.resolve("b"));
        BaseNetwork base = BaseNetwork.open(FOLDER.resolve("base.safetensors"))) {
      Map<String, LayerComparison> layers =
          AdapterComparison.of(a.adapter(), b.adapter(), Optional.of(base), 2, done -> {}).layers();
      assertEquals(expected.size(), layers.size());
      layers.forEach((module, layer) -> assertLayer(expected.get(module), layer));
    }
  }

  private static void assertLayer(JsonNode expected, LayerComparison layer) {
    assertMatrix(expected.get("phi_A_right_singular"), layer.factorsA().phi());
    assertMatrix(expected.get("phi_B_left_singular"), layer.factorsB().phi());
    assertMatrix(expected.get("phi_update_right"), layer.inputs().phi());
    assertMatrix(expected.get("phi_update_left"), layer.outputs().phi());
    JsonNode chance = expected.get("chance_phi_right");
    for (int i = 0; i < chance.size(); i++) {
      for (int j = 0; j < chance.get(i).size(); j++) {
        assertNumber(chance.get(i).get(j), layer.inputs().chance(i + 1, j + 1));
      }
    }
    assertArray(expected.get("principal_angles_input"), layer.inputAngles());
    assertArray(expected.get("principal_angles_output"), layer.outputAngles());
    assertNumber(expected.get("cosine"), layer.cosine());
    assertNumber(expected.get("sign_conflict_share"), layer.signConflict().orElseThrow());
    assertNumber(expected.get("norm_of_sum"), layer.normOfSum());
    assertNumber(expected.get("amplification_a"), layer.amplifications()[0].orElseThrow());
    assertNumber(expected.get("amplification_b"), layer.amplifications()[1].orElseThrow());
    assertSpectrum(expected, "_a", layer.first());
    assertSpectrum(expected, "_b", layer.second());
  }

  private static void assertSpectrum(JsonNode expected, String side, UpdateSpectrum spectrum) {
    assertNumber(expected.get("norm" + side), spectrum.norm());
    assertArray(expected.get("singular_values" + side), spectrum.values());
    if (expected.has("stable_rank" + side)) {
      assertNumber(expected.get("stable_rank" + side), spectrum.stableRank());
      assertNumber(expected.get("entropy_rank" + side), spectrum.entropyRank());
      assertNumber(expected.get("entropy_rank_energy" + side), spectrum.entropyRankOfEnergy());
    }
  }

  private static void assertMatrix(JsonNode expected, Matrix found) {
    assertEquals(expected.size(), found.rows());
    for (int i = 0; i < found.rows(); i++) {
      assertArray(expected.get(i), found.row(i));
    }
  }

  private static void assertArray(JsonNode expected, double[] found) {
    double[] values =
        StreamSupport.stream(expected.spliterator(), false)
            .mapToDouble(JsonNode::doubleValue)
            .toArray();
    assertArrayEquals(values, found, TOLERANCE);
  }

  private static void assertNumber(JsonNode expected, double found) {
    double value = expected.doubleValue();
    assertEquals(value, found, TOLERANCE * Math.max(1, Math.abs(value)));
  }
}

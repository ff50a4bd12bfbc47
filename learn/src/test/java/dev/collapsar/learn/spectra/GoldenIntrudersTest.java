package dev.collapsar.learn.spectra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Against numbers computed in double precision by other code, to 1e-5, and PEFT's counts. */
class GoldenIntrudersTest {
  private static final Path FOLDER = Golden.path("adapters/intruders");

  @Test
  void cosinesAndCountsAreThoseOfDenseDecompositions() throws IOException {
    JsonNode expected =
        new ObjectMapper().readTree(FOLDER.resolve("expected.json").toFile()).get("layers");
    try (AdapterLayouts.Opened adapter = AdapterLayouts.open(FOLDER.resolve("adapter"));
        BaseNetwork base = BaseNetwork.open(FOLDER.resolve("base.safetensors"))) {
      AdapterIntruders found =
          AdapterIntruders.of(adapter.adapter(), base, 0, new Seed(1), 1, done -> {});
      assertEquals(expected.size(), found.layers().size());
      found
          .layers()
          .forEach(
              (module, layer) -> {
                JsonNode wanted = expected.get(module);
                assertEquals(wanted.get("count").intValue(), layer.count());
                for (int j = 0; j < layer.cosines().count(); j++) {
                  double cosine = wanted.get("max_abs_cosine").get(j).doubleValue();
                  assertEquals(cosine, layer.cosines().values()[j], 1e-5, module);
                }
                assertEquals(0, layer.rotated().length);
              });
    }
  }

  @Test
  void ofDoraTheUpdateIsWhatMergingAdds() {
    Path folder = Golden.path("adapters/dora-linear");
    try (AdapterLayouts.Opened adapter = AdapterLayouts.open(folder.resolve("adapter"));
        BaseNetwork base = BaseNetwork.open(folder.resolve("base"))) {
      AdapterIntruders found =
          AdapterIntruders.of(adapter.adapter(), base, 2, new Seed(1), 1, done -> {});
      assertEquals(1.3013, found.layers().get("fc1").size(), 5e-5); // as adapter info says of it
      assertEquals(2, found.layers().get("fc1").rotated().length);
      assertTrue(AdapterIntruders.operations(adapter.adapter(), base, 2) > 0);
    }
  }
}

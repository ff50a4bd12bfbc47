package dev.collapsar.learn.spectra;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.LoraFactors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Truncated adapters against the best updates of each rank, computed densely by other code. */
class GoldenResizingTest {
  private static final Path FOLDER = Golden.path("adapters/resize");

  private static final Map<String, RankRule> RULES =
      Map.of(
          "rank_4", new RankRule.Fixed(4),
          "ratio_0_1", new RankRule.Ratio(.1),
          "frobenius_0_95", new RankRule.Norm(.95),
          "energy_0_95", new RankRule.Energy(.95));

  @TempDir Path temporary;

  @Test
  void everyRuleKeepsItsRankAndTheBestUpdateOfIt() throws IOException {
    JsonNode expected = new ObjectMapper().readTree(FOLDER.resolve("expected.json").toFile());
    Map<String, StoredTensor> updates =
        SafeTensors.read(FOLDER.resolve("updates_f64.safetensors")).tensors();
    AdapterFile adapter = AdapterFile.read(FOLDER.resolve("adapter"));
    RULES.forEach(
        (name, rule) -> {
          Resizing resizing = Resizing.of(adapter, rule, Integer.MAX_VALUE, done -> {});
          Path folder = temporary.resolve(name);
          resizing.adapter().write(folder);
          AdapterFile written = AdapterFile.read(folder);
          resizing
              .layers()
              .forEach(
                  (module, layer) -> {
                    JsonNode own = expected.get(module);
                    int rank = own.get("ranks").get(name).intValue();
                    double first = own.get("singular_values").get(0).doubleValue();
                    assertEquals(rank, layer.after(), name + " " + module);
                    assertEquals(
                        own.get("error").get(name).doubleValue(), layer.distance(), 1e-6 * first);
                    assertEquals(rank, written.config().rank(module));
                    assertArrayEquals(
                        updates.get(name + "/" + module).toDoubles(),
                        update(written, module),
                        1e-6 * first);
                  });
        });
  }

  private static double[] update(AdapterFile adapter, String module) {
    LoraFactors factors = adapter.modules().get(module);
    double[] a = factors.a().toDoubles();
    double[] b = factors.b().toDoubles();
    int rank = factors.rank();
    int width = a.length / rank;
    double[] update = new double[b.length / rank * width];
    for (int i = 0; i < update.length; i++) {
      for (int k = 0; k < rank; k++) {
        update[i] +=
            adapter.config().scale(module) * b[i / width * rank + k] * a[k * width + i % width];
      }
    }
    return update;
  }
}

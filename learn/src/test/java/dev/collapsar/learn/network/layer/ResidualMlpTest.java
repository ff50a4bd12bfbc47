package dev.collapsar.learn.network.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.network.Tensors;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The residual MLP and the two layers that only it has. */
class ResidualMlpTest {
  private static final float ROUNDING = 1e-6f;

  @Test
  void itHasTheNamesAndTheSizeOfTheScriptsNetwork() {
    try (LayerNetwork network =
        LayerNetwork.initialized(new ResidualMlp(3072, 256, 10, 4), new Seed(0))) {
      // embed 786,688; a block 512 + 2 * 65,792; out_ln 512; out_head 2,570
      assertEquals(
          786_688 + 4 * (512 + 2 * 65_792) + 512 + 2_570, network.weights().parameterCount());
      assertTrue(
          network
              .weights()
              .state()
              .keySet()
              .containsAll(
                  List.of(
                      "embed.bias", "blocks.3.0.weight", "blocks.0.1.weight", "blocks.0.3.bias")));
      assertEquals(
          List.of("embed", "blocks.0", "blocks.1", "blocks.2", "blocks.3"),
          network.spec().hidden());
    }
  }

  @Test
  void aBlockAddsItsBranchToItsInput() {
    try (LayerNetwork network =
        LayerNetwork.initialized(new ResidualMlp(2, 2, 2, 1), new Seed(0))) {
      Map<String, Tensor> p = network.weights().parameters();
      Tensors.set(p.get("blocks.0.1.weight"), new float[] {1, 0, 0, 1});
      Tensors.set(p.get("blocks.0.1.bias"), new float[] {0, 0});
      Tensors.set(p.get("blocks.0.3.weight"), new float[] {1, 0, 0, 1});
      Tensors.set(p.get("blocks.0.3.bias"), new float[] {0, 0});
      float[] out =
          TensorScope.withinWithoutGradients(
              () ->
                  TensorBridge.toFloats(
                      network
                          .layer("blocks.0")
                          .apply(TensorBridge.floats(new float[] {100, 300}, 1, 2))));
      // Normalised to (-1, 1); GELU(x) = x Phi(x), Phi(1) = 0.8413447.
      assertArrayEquals(
          new float[] {100 - 0.1586553f, 300 + 0.8413447f}, out, 300 * Math.ulp(1f) + ROUNDING);
    }
  }
}

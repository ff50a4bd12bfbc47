package dev.collapsar.learn.network.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.architecture.ResidualMlp;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.script.ScriptNetwork;
import dev.collapsar.learn.network.script.ScriptOptions;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScriptExportTest {
  private static final float TOLERANCE = 1e-5f;

  @TempDir Path folder;

  static Stream<NetworkSpec> ourOwnNetworks() {
    return Stream.of(
        new SmallCnn(1, 28, 10),
        new Mlp(List.of(12, 7, 3)),
        new ResNet18(3, 8, Stem.CIFAR, 5),
        new ResNet18(3, 8, Stem.IMAGENET, 5),
        new ResidualMlp(12, 8, 4, 2));
  }

  private static long[] sample(NetworkSpec spec) {
    List<Long> shape = spec.input().map(InputSpec::shape).orElse(List.of(3L, 32L, 32L));
    return LongStream.concat(LongStream.of(4), shape.stream().mapToLong(Long::longValue)).toArray();
  }

  /** While gradients are recorded no normalisation is folded into a convolution. */
  private static float[] logits(Network network, float[] values, long[] shape) {
    return TensorScope.within(
        () -> TensorBridge.toFloats(network.forward(TensorBridge.floats(values, shape))));
  }

  private static float[] values(long[] shape) {
    Random random = new Random(5);
    float[] values = new float[(int) LongStream.of(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("ourOwnNetworks")
  void theWrittenScriptGivesTheSameLogitsUnderTheSameNames(NetworkSpec spec) {
    Path file = folder.resolve("network.pt");
    long[] shape = sample(spec);
    float[] values = values(shape);
    try (LayerNetwork own = LayerNetwork.initialized(spec, new Seed(4))) {
      ScriptExport.write(own, file);
      try (Network script = ScriptNetwork.open(file, ScriptOptions.defaults())) {
        assertArrayEquals(logits(own, values, shape), logits(script, values, shape), TOLERANCE);
        assertEquals(own.weights().parameters().keySet(), script.weights().parameters().keySet());
        assertEquals(own.head().name(), script.head().name());
        assertEquals(own.card().head(), script.card().head());
        assertEquals(own.card().classes(), script.card().classes());
      }
    }
  }

  @Test
  void adaptersThatCountAreMerged() {
    Path file = folder.resolve("merged.pt");
    long[] shape = {4, 12};
    float[] values = values(shape);
    try (LayerNetwork own = LayerNetwork.initialized(new Mlp(List.of(12, 7, 3)), new Seed(4))) {
      AdapterConfig config = AdapterConfig.of(new ModuleSelector.AllLinear(), 2, 4).build();
      Adapter adapter = Adapter.attach(own, "a", config, new Seed(5));
      TensorScope.runWithoutGradients(
          () -> adapter.parameters().values().forEach(t -> t.add_(TensorBridge.scalar(0.1))));
      float[] adapted = logits(own, values, shape);
      ScriptExport.write(own, file);
      try (Network script = ScriptNetwork.open(file, ScriptOptions.defaults())) {
        assertArrayEquals(adapted, logits(script, values, shape), TOLERANCE);
      }
      adapter.disabled(() -> ScriptExport.write(own, file));
      float[] base = adapter.disabled(() -> logits(own, values, shape));
      try (Network script = ScriptNetwork.open(file, ScriptOptions.defaults())) {
        assertArrayEquals(base, logits(script, values, shape), TOLERANCE);
      }
    }
  }

  @Test
  void aLayerWithoutAFormInTorchScriptIsNamed() {
    NetworkSpec spec = new Composed("odd", "1", () -> new Sequential(new Odd(), new Linear(3, 2)));
    try (LayerNetwork own = LayerNetwork.initialized(spec, new Seed(4))) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () -> ScriptExport.write(own, folder.resolve("odd.pt")));
      assertEquals("Odd has no form in TorchScript", refusal.getMessage());
    }
  }

  private static final class Odd extends Layer {
    @Override
    protected Tensor forward(Tensor input) {
      return input;
    }
  }
}

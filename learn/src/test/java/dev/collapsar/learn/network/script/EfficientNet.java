package dev.collapsar.learn.network.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.SharedFiles;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/**
 * EfficientNet-Lite0 as others trained it, 19 MB that lie beside the checkout: {@code mvn -pl learn
 * -am test -Dtest=EfficientNet -Dsurefire.failIfNoSpecifiedTests=false}. Not among the tests of
 * every build, which its name keeps it from.
 */
class EfficientNet {
  @Test
  void aPretrainedNetworkFromElsewhereGivesItsLogitsAndAllItsParametersLearn() {
    Path file = SharedFiles.data("models/efficientnet-lite0.pt");
    Path beside = file.resolveSibling("efficientnet-lite0-");
    try (Network network = ScriptNetwork.open(file, ScriptOptions.defaults())) {
      TensorScope.run(
          () -> {
            Tensor logits = network.forward(ScriptFiles.tensor(Path.of(beside + "input.npy")));
            assertArrayEquals(
                TensorBridge.toFloats(ScriptFiles.tensor(Path.of(beside + "logits.npy"))),
                TensorBridge.toFloats(logits),
                1e-4f);
            logits.sum().backward();
          });
      assertEquals("_fc", network.head().name());
      assertEquals(149, network.weights().parameters().size());
      network
          .weights()
          .parameters()
          .forEach((name, tensor) -> assertTrue(tensor.grad().defined(), name));
    }
  }
}

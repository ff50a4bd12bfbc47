package dev.collapsar.learn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Architectures;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Before 0.4.1 PyTorch did not count batches; some of torchvision's files are of that time. */
class OldCheckpointTest {
  private static final ResNet18 SPEC = new ResNet18(3, 2, Stem.CIFAR, 3);

  @Test
  void aStateWithoutCountsOfBatchesIsRecognisedAndLoadedWithCountsOfZero() {
    try (Network network = LayerNetwork.initialized(SPEC, new Seed(1));
        Network other = LayerNetwork.initialized(SPEC, new Seed(2))) {
      Map<String, StoredTensor> old = new LinkedHashMap<>(network.weights().stored());
      assertTrue(old.keySet().removeIf(name -> name.endsWith(".num_batches_tracked")));
      Map<String, long[]> shapes = new LinkedHashMap<>();
      old.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
      assertEquals(SPEC, Architectures.guess(shapes).orElseThrow().spec());
      TensorScope.runWithoutGradients(
          () ->
              other.weights().state().get("bn1.num_batches_tracked").fill_(TensorBridge.scalar(5)));
      other.weights().load(old, "old.pth");
      assertEquals(network.weights().stored(), other.weights().stored());
    }
  }
}

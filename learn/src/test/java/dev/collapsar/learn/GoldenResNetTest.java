package dev.collapsar.learn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFile;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.checkpoint.Checkpoint;
import dev.collapsar.learn.merge.Merged;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.ResNet18.Stem;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ResNet-18 that PyTorch trained, and what PyTorch computes with it and with two adapters. */
class GoldenResNetTest {
  private static final float TOLERANCE = 1e-4f; // as the goldens promise
  private static final ResNet18 SMALL = new ResNet18(3, 16, Stem.CIFAR, 10);

  @Test
  void logitsAndFeaturesAreThoseOfPyTorch() {
    try (Network network = golden()) {
      List<float[]> features = new ArrayList<>();
      float[] logits =
          TensorScope.withinWithoutGradients(
              () ->
                  TensorBridge.toFloats(
                      network.forward(
                          Input.of(input()),
                          List.of(network.representation()),
                          (tap, value) -> features.add(TensorBridge.toFloats(value)))));
      assertArrayEquals(array("resnet18-w16-logits.npy"), logits, TOLERANCE);
      assertArrayEquals(array("resnet18-w16-features.npy"), features.get(0), TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"adapter-fc-r4", "adapter-fc-conv-rslora-r3"})
  void adaptedLogitsAreThoseOfPyTorchUnmergedAndMerged(String name) {
    float[] expected = array(name + "-logits.npy");
    try (Network network = golden()) {
      float[] base = logits(network);
      AdapterFile file = AdapterFile.read(Golden.path("pytorch/" + name));
      Adapter adapter = Adapter.attach(network, "golden", file);
      assertArrayEquals(expected, logits(network), TOLERANCE);
      assertArrayEquals(base, adapter.disabled(() -> logits(network)));
      AdapterFile written = adapter.toFile();
      assertEquals(file.modules(), written.modules());
      assertEquals(file.config(), written.config());
      try (Network merged = LayerNetwork.initialized(SMALL, new Seed(0))) {
        Map<String, StoredTensor> state = Merged.into(checkpoint().tensors(), file).tensors();
        merged.weights().load(state, name);
        assertArrayEquals(expected, logits(merged), TOLERANCE);
      }
    }
  }

  @Test
  void aCheckpointOfAnotherWidthIsRefusedAndChangesNothing() {
    Checkpoint checkpoint = checkpoint();
    try (Network wide =
        LayerNetwork.initialized(new ResNet18(3, 32, Stem.CIFAR, 10), new Seed(0))) {
      byte[] before = TensorBridge.rawBytes(wide.weights().state().get("fc.bias"));
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> wide.weights().load(checkpoint.tensors(), "some.pth"))
              .getMessage();
      assertTrue(message.startsWith("some.pth: does not fit the network: "), message);
      assertTrue(message.contains("conv1.weight [16, 3, 3, 3] instead of [32, 3, 3, 3]"), message);
      assertArrayEquals(before, TensorBridge.rawBytes(wide.weights().state().get("fc.bias")));
    }
  }

  @Test
  void aFrozenPartKeepsItsStatisticsAndItsFunctionInTrainingMode() {
    try (Network network = golden()) {
      final float[] evaluated = logits(network);
      network.weights().setTrainableOnly("fc");
      Map<String, byte[]> before = new HashMap<>();
      network.weights().frozen().forEach((name, t) -> before.put(name, TensorBridge.rawBytes(t)));
      assertTrue(before.containsKey("layer4.1.bn2.running_mean"));
      network.setTraining(true);
      assertArrayEquals(evaluated, logits(network));
      before.forEach(
          (name, bytes) ->
              assertArrayEquals(
                  bytes, TensorBridge.rawBytes(network.weights().state().get(name)), name));
    }
  }

  private static Network golden() {
    Checkpoint checkpoint = checkpoint();
    Network network = LayerNetwork.initialized(SMALL, new Seed(0));
    network.weights().load(checkpoint.tensors(), "resnet18-w16.pth");
    return network;
  }

  private static Checkpoint checkpoint() {
    return Checkpoint.read(Golden.path("pytorch/resnet18-w16.pth"));
  }

  private static float[] logits(Network network) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(input())));
  }

  private static Tensor input() {
    return TensorBridge.channelsLast(
        TensorBridge.floats(array("resnet18-w16-input.npy"), 4, 3, 32, 32));
  }

  private static float[] array(String name) {
    try (ArrayFile file = ArrayFile.open(Golden.path("pytorch/" + name).toString())) {
      double[] values = file.arrays().get(0).toDoubles();
      float[] floats = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        floats[i] = (float) values[i]; // exact: the file holds floats
      }
      return floats;
    }
  }
}

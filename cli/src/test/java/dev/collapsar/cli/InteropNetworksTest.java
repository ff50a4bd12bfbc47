package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Mlp;
import dev.collapsar.learn.network.architecture.ResNet18;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.NetworkSpec;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks between us, PyTorch and transformers, which run as processes. */
class InteropNetworksTest {
  private static final double ROUNDING = 1e-5; // of the largest logit

  @TempDir Path folder;

  @Test
  void pytorchRunsOurNetworksWeRunItsAndTransformersLoadsWhatWeMerged() throws Exception {
    Interop.run("main", "networks.py", "make", folder, Interop.SEED);
    SafeTensors theirs = SafeTensors.read(folder.resolve("theirs.safetensors"));
    for (String file : List.of("traced.pt", "scripted.pt")) {
      try (OpenedNetwork opened = NetworkFile.open(folder.resolve(file))) {
        assertClose(file, theirs, logits(opened.network(), theirs.tensors().get("input")));
      }
    }
    Session merge =
        Session.of(
            "adapter",
            "merge",
            folder.resolve("llama-lora").toString(),
            "--base",
            folder.resolve("llama").toString(),
            "--out",
            folder.resolve("llama-merged").toString());
    assertEquals(0, merge.exitCode(), merge.err());
    export("mlp", new Mlp(List.of(48, 8, 5)), 48);
    export("cnn", new SmallCnn(3, 8, 5), 3, 8, 8);
    export("resnet", new ResNet18(3, 4, ResNet18.Stem.CIFAR, 5), 3, 16, 16);
    String said = Interop.run("main", "networks.py", "read", folder);
    assertTrue(said.contains("3 networks of ours"), said);
  }

  private void export(String name, NetworkSpec spec, long... sample) {
    Path ours = folder.resolve(name + ".safetensors");
    int values = 4;
    for (long length : sample) {
      values *= Math.toIntExact(length);
    }
    long[] shape = new long[sample.length + 1];
    shape[0] = 4;
    System.arraycopy(sample, 0, shape, 1, sample.length);
    Random random = new Random(2);
    float[] numbers = new float[values];
    for (int i = 0; i < values; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    StoredTensor input = StoredTensor.of(numbers, shape);
    try (Network network = LayerNetwork.initialized(spec, new Seed(1))) {
      NetworkFile.write(ours, network);
      network.setTraining(false);
      SafeTensors.write(
          folder.resolve(name + ".logits.safetensors"),
          Map.of("input", input, "logits", StoredTensor.of(logits(network, input), 4, 5)),
          Map.of());
    }
    Session export =
        Session.of("network", "export", ours.toString(), folder.resolve(name + ".pt").toString());
    assertEquals(0, export.exitCode(), export.err());
  }

  private static void assertClose(String name, SafeTensors theirs, float[] ours) {
    float[] expected =
        TensorScope.within(
            () -> TensorBridge.toFloats(TensorBridge.tensor(theirs.tensors().get("logits"))));
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], ours[i], ROUNDING * largest, name);
    }
  }

  private static float[] logits(Network network, StoredTensor input) {
    network.setTraining(false);
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(TensorBridge.tensor(input))));
  }
}

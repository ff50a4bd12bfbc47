package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.BiasMode;
import dev.collapsar.learn.adapter.Initialization;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.Composed;
import dev.collapsar.learn.network.layer.Conv2d;
import dev.collapsar.learn.network.layer.Conv2d.Geometry;
import dev.collapsar.learn.network.layer.Embedding;
import dev.collapsar.learn.network.layer.Layer;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.network.layer.Linear;
import dev.collapsar.learn.network.layer.Sequential;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters between us and Hugging Face PEFT, which runs as a process. */
class InteropAdaptersTest {
  private static final int SAMPLES = 6;
  private static final int CLASSES = 5;
  // One step must move the logits by far more than the tolerance below.
  private static final OptimizerSpec STEP = new OptimizerSpec.Sgd(0.05, 0, 0);
  // Single precision, sums of at most 96 products; PEFT merges nothing, we add B A to W first.
  private static final double ROUNDING = 2e-5;

  @TempDir Path folder;

  @Test
  void peftLoadsOurAdaptersOfEveryKindAndStartAndTrainsOnAlike() throws Exception {
    Interop.python("main");
    int cases = 0;
    for (boolean dora : new boolean[] {false, true}) {
      for (Initialization start : Initialization.values()) {
        if (start != Initialization.EVA && start != Initialization.MICA) {
          cases += write(start.spelling(), plain().dora(dora).initialization(start).build());
        }
      }
      AdapterConfig.Builder patterns =
          plain().dora(dora).rankStabilized(true).rankPattern(Map.of("hidden", 3));
      cases += write("patterns", patterns.alphaPattern(Map.of("conv", 7.)).build());
      cases += write("head", plain("conv").dora(dora).modulesToSave(List.of("head")).build());
      cases += write("biases", plain().dora(dora).bias(BiasMode.ALL).build());
      cases += write("own-biases", plain("hidden").dora(dora).bias(BiasMode.LORA_ONLY).build());
      cases += write("words", plain("words", "head").dora(dora).build());
    }
    cases += write("lora-bias", plain().loraBias(true).build());
    String said = Interop.run("main", "peft_adapters.py", "read", folder);
    assertTrue(said.contains(cases + " adapters of ours"), said);
  }

  @Test
  void wePutPeftsFreshAdaptersOnAndTrainOnAlikeOrMergeThem() throws Exception {
    long seed = Interop.SEED;
    String said = Interop.run("main", "peft_adapters.py", "make", folder, seed);
    int trained = 0;
    for (Path made : folders()) {
      SafeTensors step = SafeTensors.read(made.resolve("step.safetensors"));
      StoredTensor input = step.tensors().get("input");
      String name = made.getFileName() + " of seed " + seed;
      if (step.tensors().containsKey("after")) {
        trained++;
        assertStep(name, made, step);
      }
      Path merged = made.resolve("merged.safetensors");
      Session merge =
          Session.of(
              "adapter",
              "merge",
              made.resolve("adapter").toString(),
              "--base",
              made.resolve("base.safetensors").toString(),
              "--out",
              merged.toString());
      assertEquals(0, merge.exitCode(), name + ": " + merge.err());
      try (Network network = network(name)) {
        load(network, merged);
        assertClose(name, step, "logits", logits(network, input));
      }
    }
    assertTrue(trained >= 8, said);
  }

  private static AdapterConfig.Builder plain(String... targets) {
    ModuleSelector named =
        targets.length == 0
            ? ModuleSelector.named("conv", "hidden", "head")
            : ModuleSelector.named(targets);
    return AdapterConfig.of(named, 2, 3);
  }

  /** An adapter after three steps, and what it computes before and after one more. */
  private int write(String name, AdapterConfig config) throws IOException {
    Path made = folder.resolve((config.dora() ? "dora-" : "lora-") + name);
    Files.createDirectories(made);
    StoredTensor input = input(name);
    Map<String, StoredTensor> kept = new LinkedHashMap<>();
    kept.put("input", input);
    kept.put("labels", StoredTensor.of(labels(), SAMPLES));
    try (Network network = network(name)) {
      SafeTensors.write(made.resolve("base.safetensors"), network.weights().stored(), Map.of());
      Map<String, Matrix> means =
          config.initialization().spelling().startsWith("class-means") ? means() : Map.of();
      Adapter adapter = Adapter.attach(network, "default", config, means, new Seed(8));
      train(network, input, 3);
      adapter.toFile().write(made.resolve("adapter"));
    }
    try (Network network = network(name)) {
      AdapterFile file = AdapterFile.read(made.resolve("adapter"));
      Adapter.attach(network, "default", file).trainAlone();
      kept.put("logits", StoredTensor.of(logits(network, input), SAMPLES, CLASSES));
      train(network, input, 1);
      kept.put("after", StoredTensor.of(logits(network, input), SAMPLES, CLASSES));
    }
    SafeTensors.write(made.resolve("step.safetensors"), kept, Map.of());
    return 1;
  }

  private static void assertStep(String name, Path made, SafeTensors step) {
    StoredTensor input = step.tensors().get("input");
    try (Network network = network(name)) {
      load(network, made.resolve("base.safetensors"));
      AdapterFile file = AdapterFile.read(made.resolve("adapter"));
      Adapter.attach(network, "default", file).trainAlone();
      assertClose(name, step, "logits", logits(network, input));
      train(network, input, 1);
      assertClose(name + " after a step", step, "after", logits(network, input));
    }
  }

  private static void assertClose(String name, SafeTensors step, String tensor, float[] ours) {
    float[] theirs =
        TensorScope.within(
            () -> TensorBridge.toFloats(TensorBridge.tensor(step.tensors().get(tensor))));
    double largest = 0;
    for (float value : theirs) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < theirs.length; i++) {
      assertEquals(theirs[i], ours[i], ROUNDING * largest, name);
    }
  }

  private List<Path> folders() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static boolean ofWords(String name) {
    return name.contains("words");
  }

  private static Network network(String name) {
    Map<String, Layer> layers = new LinkedHashMap<>();
    if (ofWords(name)) {
      layers.put("words", new Embedding(9, 4));
      layers.put("flat", Layer.flatten());
      layers.put("head", new Linear(12, CLASSES));
    } else {
      layers.put("conv", new Conv2d(3, 6, Geometry.kernel(3).withPadding(1), true));
      layers.put("relu", Layer.relu());
      layers.put("flat", Layer.flatten());
      layers.put("hidden", new Linear(96, 8));
      layers.put("act", Layer.relu());
      layers.put("head", new Linear(8, CLASSES));
    }
    return LayerNetwork.initialized(
        new Composed("net", "head", () -> Sequential.named(layers)), new Seed(4));
  }

  private static void load(Network network, Path file) {
    network.weights().load(SafeTensors.read(file).tensors(), file.toString());
  }

  private static Map<String, Matrix> means() {
    Random random = new Random(9);
    Map<String, Matrix> means = new LinkedHashMap<>();
    // In this order, whichever process it is: the numbers are drawn one after another.
    new TreeMap<>(Map.of("conv", 27, "hidden", 96, "head", 8))
        .forEach(
            (layer, width) ->
                means.put(
                    layer,
                    Matrix.of(
                        CLASSES, width, random.doubles((long) CLASSES * width, -1, 1).toArray())));
    return means;
  }

  private static StoredTensor input(String name) {
    Random random = new Random(6);
    if (ofWords(name)) {
      return StoredTensor.of(random.ints(SAMPLES * 3L, 0, 9).toArray(), SAMPLES, 3);
    }
    float[] values = new float[SAMPLES * 48];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return StoredTensor.of(values, SAMPLES, 3, 4, 4);
  }

  private static Tensor tensor(StoredTensor input) {
    Tensor tensor = TensorBridge.tensor(input);
    return input.type() == ElementType.F32 ? tensor : tensor.to(ScalarType.Long);
  }

  private static int[] labels() {
    return new int[] {0, 1, 2, 3, 4, 0};
  }

  private static void train(Network network, StoredTensor input, int steps) {
    try (Trainer trainer = new Trainer(network, STEP)) {
      for (int i = 0; i < steps; i++) {
        TensorScope.run(
            () -> trainer.step(Input.of(tensor(input)), TensorBridge.indices(labels(), SAMPLES)));
      }
    }
  }

  private static float[] logits(Network network, StoredTensor input) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(tensor(input))));
  }
}

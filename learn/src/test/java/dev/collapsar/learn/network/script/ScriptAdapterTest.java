package dev.collapsar.learn.network.script;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.getDefaultCPUGenerator;
import static org.bytedeco.pytorch.global.torch.rand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.Adapter;
import dev.collapsar.learn.adapter.AdapterConfig;
import dev.collapsar.learn.adapter.AdapterFile;
import dev.collapsar.learn.adapter.ModuleSelector;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.OrderedBatches;
import dev.collapsar.learn.evaluation.FeatureCache;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.Trainer;
import dev.collapsar.random.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters on TorchScript files against what PEFT computes; tolerances as the goldens promise. */
class ScriptAdapterTest {
  private static final float LOGITS = 1e-5f;
  private static final float LOSS = 1e-6f;
  private static final double GRADIENT = 1e-5; // of each tensor's norm
  private static final float FACTORS = 1e-6f;

  @TempDir Path folder;

  /** PEFT's name of an adapter's parameter. */
  private static String peft(String parameter) {
    String module = parameter.replaceAll("\\.lora_[AB]\\.golden$", "");
    String factor = parameter.contains(".lora_A.") ? "A" : "B";
    return module.endsWith("words")
        ? "base_model.model.%s.lora_embedding_%s".formatted(module, factor)
        : "base_model.model.%s.lora_%s.weight"
            .formatted(
                module.replace("attention.out_proj", "attention.base_layer.out_proj"), factor);
  }

  @ParameterizedTest
  @CsvSource({
    "convnext/model.pt,lora",
    "mean-text/model.pt,lora",
    "mean-text/model-scripted.pt,lora",
    "mobilenetv3/model.pt,lora",
    "resnet50-narrow/model.pt,lora",
    "resnet50-narrow/model-scripted.pt,lora",
    "table-net/model.pt,lora",
    "table-net/model-scripted.pt,lora",
    "vit/model.pt,lora",
    "vit/model.pt,lora-attention"
  })
  void oneStepAndTheMergedFileAreThoseOfPeft(String model, String lora) throws IOException {
    String at = model.substring(0, model.indexOf('/') + 1);
    JsonNode about =
        new ObjectMapper().readTree(ScriptFiles.of(at + lora + "-expected.json").toFile());
    Map<String, StoredTensor> expected =
        SafeTensors.read(ScriptFiles.of(at + lora + "-expected.safetensors")).tensors();
    String input = at + "input.npy";
    try (ScriptNetwork network = ScriptFiles.open(model)) {
      float[] base = ScriptFiles.logits(network, input);
      AdapterFile file = AdapterFile.read(ScriptFiles.of(at + lora));
      Adapter adapter = Adapter.attach(network, "golden", file);
      assertArrayEquals(
          expected.get("logits_before").toFloats(), ScriptFiles.logits(network, input), LOGITS);
      assertArrayEquals(base, adapter.disabled(() -> ScriptFiles.logits(network, input)), LOGITS);
      requireMerged(network, at + (lora.equals("lora") ? "" : lora + "-") + "merged-logits.npy");

      adapter.trainAlone();
      network.setTraining(about.get("mode").asText().equals("train"));
      step(network, adapter, at, about, expected);

      assertArrayEquals(
          expected.get("logits_after").toFloats(), ScriptFiles.logits(network, input), LOGITS);
      AdapterFile written = adapter.toFile();
      assertEquals(file.modules().keySet(), written.modules().keySet());
      written.write(folder.resolve("adapter"));
      assertEquals(
          SafeTensors.read(ScriptFiles.of(at + lora + "/adapter_model.safetensors"))
              .tensors()
              .keySet(),
          SafeTensors.read(folder.resolve("adapter/adapter_model.safetensors")).tensors().keySet());
      adapter.remove();
      assertArrayEquals(base, ScriptFiles.logits(network, input), LOGITS);
    }
  }

  private void requireMerged(ScriptNetwork network, String logits) {
    Path merged = folder.resolve("merged.pt");
    network.save(merged);
    try (Network plain = ScriptNetwork.open(merged, ScriptOptions.defaults())) {
      String input = logits.substring(0, logits.indexOf('/')) + "/input.npy";
      assertArrayEquals(ScriptFiles.floats(logits), ScriptFiles.logits(plain, input), LOGITS);
      assertTrue(plain.weights().reparametrizations().isEmpty());
    }
  }

  private static void step(
      Network network,
      Adapter adapter,
      String at,
      JsonNode about,
      Map<String, StoredTensor> expected) {
    double rate = about.get("lr").asDouble();
    TensorScope.run(
        () -> {
          Tensor loss =
              cross_entropy_loss(
                  network.forward(ScriptFiles.tensor(at + "input.npy")),
                  ScriptFiles.tensor(at + "labels.npy"));
          assertEquals(about.get("loss_before").asDouble(), loss.item_double(), LOSS);
          loss.backward();
          adapter
              .parameters()
              .forEach(
                  (name, parameter) -> {
                    double[] gradient = TensorBridge.toDoubles(parameter.grad());
                    requireClose(expected.get("grad." + peft(name)), gradient, name);
                  });
        });
    TensorScope.runWithoutGradients(
        () ->
            adapter
                .parameters()
                .forEach(
                    (name, parameter) -> {
                      parameter.sub_(parameter.grad(), TensorBridge.scalar(rate));
                      assertArrayEquals(
                          expected.get("after." + peft(name)).toFloats(),
                          TensorBridge.toFloats(parameter),
                          FACTORS,
                          name);
                    }));
  }

  private static void requireClose(StoredTensor expected, double[] gradient, String name) {
    double difference = 0;
    double norm = 0;
    double[] values = expected.toDoubles();
    for (int i = 0; i < values.length; i++) {
      difference += (values[i] - gradient[i]) * (values[i] - gradient[i]);
      norm += values[i] * values[i];
    }
    assertTrue(
        Math.sqrt(difference) <= GRADIENT * Math.sqrt(norm),
        "%s: off by %s of %s".formatted(name, Math.sqrt(difference), Math.sqrt(norm)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet50-narrow/model.pt", "resnet50-narrow/model-scripted.pt"})
  void trainingBehindACachedPrefixIsTrainingOfTheWholeAndMovesNothingElse(String model) {
    OrderedBatches pass = OrderedBatches.inOrder(noise(), 8, new Seed(3));
    Map<String, float[]> trained = new LinkedHashMap<>();
    for (boolean cached : new boolean[] {false, true}) {
      try (Network network = ScriptFiles.open(model);
          FeatureCache cache = new FeatureCache(1 << 24)) {
        Map<String, StoredTensor> before = network.weights().stored();
        AdapterConfig config = AdapterConfig.of(ModuleSelector.named("fc"), 2, 4).build();
        Adapter adapter = Adapter.attach(network, "a", config, new Seed(1));
        assertEquals("fc", network.firstMoving());
        Batches batches = cached ? cache.batches(network, pass, n -> {}) : pass;
        assertEquals(cached ? "fc" : "", batches.entry());
        try (Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.1, 0.9, 0))) {
          trainer.epoch(1, batches, (n, step) -> {});
          trainer.epoch(2, batches, (n, step) -> {});
        }
        assertEquals(before, network.weights().stored());
        adapter
            .parameters()
            .forEach(
                (name, parameter) -> {
                  float[] values = TensorBridge.toFloats(parameter);
                  float[] first = trained.putIfAbsent(name, values);
                  if (first != null) {
                    assertArrayEquals(first, values, FACTORS, name);
                  }
                });
      }
    }
  }

  @Test
  void whatIsBehindADropoutIsNeverCached() {
    OrderedBatches pass = OrderedBatches.inOrder(noise(), 8, new Seed(3));
    try (Network network = ScriptFiles.open("dropout/model-scripted.pt");
        FeatureCache cache = new FeatureCache(1 << 24)) {
      network.weights().setTrainableOnly("classifier.3");
      for (boolean training : new boolean[] {false, true, false}) {
        network.setTraining(training);
        // Whether a part that is called draws is not known, so here nothing is cached at all.
        Batches batches = cache.batches(network, pass, n -> {});
        assertEquals("", batches.entry());
        try (Trainer trainer = new Trainer(network, new OptimizerSpec.Sgd(0.1, 0.9, 0))) {
          assertTrue(trainer.epoch(1, batches, (n, step) -> {}).isFinite());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dropout/model-scripted.pt",
        "random/lstm-scripted.pt",
        "random/attention-traced.pt"
      })
  void whatItsCodeDropsIsTheSeedsAndTheEpochsWhateverElseDraws(String file) {
    Batches batches = OrderedBatches.inOrder(noise(), 8, new Seed(3));
    double inOneGo = lossOfTwoEpochs(file, batches, new Seed(5), false);
    assertEquals(inOneGo, lossOfTwoEpochs(file, batches, new Seed(5), false));
    assertEquals(inOneGo, lossOfTwoEpochs(file, batches, new Seed(5), true));
    assertNotEquals(inOneGo, lossOfTwoEpochs(file, batches, new Seed(6), false));
  }

  /** What the second of two epochs costs. */
  private static double lossOfTwoEpochs(
      String file, Batches batches, Seed seed, boolean brokenOff) {
    OptimizerSpec optimizer = new OptimizerSpec.Sgd(0.1, 0.9, 0);
    Map<String, StoredTensor> kept;
    try (Network network = ScriptFiles.open(file)) {
      network.drawFrom(seed);
      try (Trainer trainer = new Trainer(network, optimizer)) {
        Runnable epoch = () -> trainer.epoch(1, batches, (n, step) -> {});
        TensorScope.run(() -> assertProcessDrawsOnAsBefore(epoch));
        if (!brokenOff) {
          return trainer.epoch(2, batches, (n, step) -> {}).loss();
        }
        kept = trainer.state(true);
      }
    }
    TensorScope.run(() -> rand(3)); // somebody else draws meanwhile
    try (Network again = ScriptFiles.open(file)) {
      again.drawFrom(seed);
      try (Trainer trainer = new Trainer(again, optimizer)) {
        trainer.restore(kept);
        return trainer.epoch(2, batches, (n, step) -> {}).loss();
      }
    }
  }

  private static void assertProcessDrawsOnAsBefore(Runnable action) {
    Tensor before = getDefaultCPUGenerator().get_state();
    action.run();
    assertTrue(before.equal(getDefaultCPUGenerator().get_state()));
  }

  private static ImageSet noise() {
    byte[] pixels = new byte[16 * 3 * 48 * 48];
    new SplittableRandom(1).nextBytes(pixels);
    int[] labels = IntStream.range(0, 16).map(i -> i % 7).toArray();
    List<String> classes = IntStream.range(0, 7).mapToObj(Integer::toString).toList();
    return new ImageSet("noise", pixels, labels, 3, 48, 48, classes, Map.of());
  }

  @Test
  void anAdapterOnTheNameOfATieThatTheCodeNeverReadsIsRefusedWithTheNameItReads() {
    AdapterFile ofHead;
    try (Network scripted = ScriptFiles.open("tied/model-scripted.pt")) {
      AdapterConfig config = AdapterConfig.of(ModuleSelector.named("vote"), 2, 4).build();
      ofHead = Adapter.attach(scripted, "a", config, new Seed(1)).toFile();
    }
    try (Network traced = ScriptFiles.open("tied/model.pt")) {
      String said =
          assertThrows(InvalidInputException.class, () -> Adapter.attach(traced, "a", ofHead))
              .getMessage();
      assertTrue(
          said.startsWith(
              "the adapter has an update of vote, whose weight is one tensor with words.weight:"),
          said);
      assertTrue(said.contains("vote.weight = torch.nn.Parameter(vote.weight.clone())"), said);
      assertTrue(said.endsWith("name the update after words to change both"), said);
    }
  }

  @Test
  void dropoutAndDepthwiseConvolutionsAreRefusedBeforeTraining() {
    try (Network network = ScriptFiles.open("mobilenetv3/model.pt")) {
      AdapterConfig dropping =
          AdapterConfig.of(ModuleSelector.named("classifier.3"), 2, 4).dropout(0.1).build();
      String depthwise =
          network.weights().sites().entrySet().stream()
              .filter(site -> site.getValue().groups() > 1)
              .findFirst()
              .orElseThrow()
              .getKey();
      int groups = network.weights().sites().get(depthwise).groups();
      AdapterConfig grouped = AdapterConfig.of(ModuleSelector.named(depthwise), groups, 4).build();
      for (AdapterConfig config : List.of(dropping, grouped)) {
        String message =
            assertThrows(
                    InvalidInputException.class,
                    () -> Adapter.attach(network, "a", config, new Seed(1)))
                .getMessage();
        assertTrue(message.contains("lora_dropout") && message.lines().count() == 1, message);
      }
      assertTrue(network.weights().reparametrizations().isEmpty());
    }
  }

  @Test
  void freshAdaptersStartAtTheBaseAndTrainWithDora() {
    try (Network network = ScriptFiles.open("vit/model.pt")) {
      float[] base = ScriptFiles.logits(network, "vit/input.npy");
      AdapterConfig config =
          AdapterConfig.of(ModuleSelector.named("heads.head", "mlp.0"), 2, 4).dora(true).build();
      Adapter adapter = Adapter.attach(network, "fresh", config, new Seed(1));
      assertEquals(3, adapter.layers().size());
      assertArrayEquals(base, ScriptFiles.logits(network, "vit/input.npy"), LOGITS);
      TensorScope.run(() -> network.forward(ScriptFiles.tensor("vit/input.npy")).sum().backward());
      adapter
          .parameters()
          .forEach((name, tensor) -> assertTrue(tensor.grad().defined(), name::toString));
    }
  }
}

package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bases whose files name or hold their weights otherwise than the adapter's network did. */
class OtherVersionsTest {
  private static final float ROUNDING = 1e-6f;
  private static final String CONFIG = "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 2%s}";

  @TempDir private Path folder;
  private final Random random = new Random(1);

  private record Result(Map<String, StoredTensor> tensors, List<String> notes) {}

  private Result merged(
      Map<String, StoredTensor> base, Map<String, StoredTensor> tensors, String config)
      throws IOException {
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    SafeTensors.write(adapter.resolve("adapter_model.safetensors"), tensors, Map.of());
    Files.writeString(adapter.resolve("adapter_config.json"), CONFIG.formatted(config));
    Path file = folder.resolve("base.safetensors");
    Path out = folder.resolve("out.safetensors");
    SafeTensors.write(file, base, Map.of());
    try (BaseNetwork network = BaseNetwork.open(file);
        AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
      NetworkMerge merge = NetworkMerge.of(network, opened.adapter(), Optional.empty());
      merge.writeFile(out, 1, whole -> {});
      return new Result(SafeTensors.read(out).tensors(), merge.notes());
    }
  }

  private StoredTensor normal(long... shape) {
    return RandomAdapters.normal(random, shape);
  }

  /** scale 2 times B A, from rows of B on. */
  private static float[] plus(StoredTensor weight, float[] b, float[] a) {
    float[] sum = weight.toFloats();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += 2 * b[i / a.length] * a[i % a.length];
    }
    return sum;
  }

  @Test
  void namesOfTheVisionTransformerInTransformersFourAndFiveAreOneAnothers() throws IOException {
    Map<String, String> names = new LinkedHashMap<>(); // of 5 by those of 4
    names.put("encoder.layer.0.attention.attention.query", "layers.0.attention.q_proj");
    names.put("encoder.layer.0.attention.attention.key", "layers.0.attention.k_proj");
    names.put("encoder.layer.0.attention.attention.value", "layers.0.attention.v_proj");
    names.put("encoder.layer.0.attention.output.dense", "layers.0.attention.o_proj");
    names.put("encoder.layer.0.intermediate.dense", "layers.0.mlp.fc1");
    names.put("encoder.layer.0.output.dense", "layers.0.mlp.fc2");
    for (String prefix : new String[] {"vit.", ""}) { // of the base; the adapter's is vit.
      for (boolean five : new boolean[] {true, false}) {
        Map<String, StoredTensor> base = new LinkedHashMap<>();
        Map<String, StoredTensor> adapter = new LinkedHashMap<>();
        List<float[]> expected = new ArrayList<>();
        List<String> own = new ArrayList<>();
        names.forEach(
            (four, other) -> {
              StoredTensor weight = normal(4, 3);
              StoredTensor a = normal(1, 3);
              StoredTensor b = normal(4, 1);
              String key = "base_model.model.vit." + (five ? other : four);
              adapter.put(key + ".lora_A.weight", a);
              adapter.put(key + ".lora_B.weight", b);
              own.add(prefix + (five ? four : other) + ".weight");
              base.put(own.get(own.size() - 1), weight);
              expected.add(plus(weight, b.toFloats(), a.toFloats()));
            });
        Result result = merged(base, adapter, "");
        for (int i = 0; i < own.size(); i++) {
          assertArrayEquals(
              expected.get(i), result.tensors.get(own.get(i)).toFloats(), ROUNDING, own.get(i));
        }
        assertTrue(
            result.notes.stream().anyMatch(n -> n.contains(five ? "5's ViT" : "4's ViT")),
            result.notes.toString());
      }
    }
  }

  @Test
  void expertsThatTheBaseHoldsOneByOneGetTheirPartsOfTheFusedUpdate() throws IOException {
    int experts = 3;
    int inner = 2;
    int width = 5;
    String[][] namings = {
      {"block_sparse_moe.experts", "w1", "w3", "w2"},
      {"mlp.experts", "gate_proj", "up_proj", "down_proj"}
    };
    for (String[] naming : namings) {
      StoredTensor upA = normal(experts, width);
      StoredTensor upB = normal(2 * inner, experts);
      StoredTensor downA = normal(experts, inner);
      StoredTensor downB = normal(width, experts);
      String key = "base_model.model.model.layers.0.mlp.experts.";
      Map<String, StoredTensor> adapter =
          Map.of(
              key + "base_layer.lora_A.weight", upA,
              key + "base_layer.lora_B.weight", upB,
              key + "lora_A.weight", downA,
              key + "lora_B.weight", downB);
      Map<String, StoredTensor> base = new LinkedHashMap<>();
      Map<String, float[]> expected = new LinkedHashMap<>();
      for (int e = 0; e < experts; e++) {
        for (int matrix = 1; matrix <= 3; matrix++) {
          String name = "model.layers.0.%s.%s.%s.weight".formatted(naming[0], e, naming[matrix]);
          StoredTensor weight = matrix == 3 ? normal(width, inner) : normal(inner, width);
          base.put(name, weight);
          float[] a = row(matrix == 3 ? downA : upA, e);
          float[] b = new float[matrix == 3 ? width : inner];
          for (int i = 0; i < b.length; i++) { // (out, r, E)
            int row = i + (matrix == 2 ? inner : 0);
            b[i] =
                (matrix == 3 ? downB : upB).toFloats()[row * experts + e] * (matrix == 3 ? 1 : .5f);
          }
          expected.put(name, plus(weight, b, a));
        }
      }
      Result result =
          merged(
              base,
              adapter,
              ", \"target_modules\": [], \"target_parameters\":"
                  + " [\"mlp.experts.gate_up_proj\", \"mlp.experts.down_proj\"],"
                  + " \"alpha_pattern\": {\".*gate_up_proj\": 1}"); // 2 elsewhere
      expected.forEach(
          (name, values) ->
              assertArrayEquals(values, result.tensors.get(name).toFloats(), ROUNDING, name));
      assertEquals(1, result.notes.stream().filter(n -> n.contains("one by one")).count());
    }
  }

  @Test
  void parametersNamedWithoutTheirModuleLeaveOtherLayersAlone() throws IOException {
    StoredTensor weight = normal(3, 4);
    StoredTensor a = normal(1, 4);
    StoredTensor b = normal(3, 1);
    String key = "base_model.model.self_attn.o_proj.";
    Result result =
        merged(
            Map.of("self_attn.o_proj.weight", weight, "mlp.experts.down_proj", normal(2, 3, 4)),
            Map.of(key + "lora_A.weight", a, key + "lora_B.weight", b),
            ", \"target_parameters\": [\"gate.weight\", \"down_proj\"]"); // all-linear's
    assertArrayEquals(
        plus(weight, b.toFloats(), a.toFloats()),
        result.tensors.get("self_attn.o_proj.weight").toFloats(),
        ROUNDING);
  }

  @ParameterizedTest
  @CsvSource({"gpt_oss, true", "mixtral, false"})
  void squareExpertsStandAsTheKindOfModelKeepsThem(String model, boolean turned)
      throws IOException {
    StoredTensor weight = normal(2, 3, 3);
    StoredTensor a = normal(2, 3);
    StoredTensor b = normal(3, 2);
    Path base = Files.createDirectories(folder.resolve("base"));
    SafeTensors.write(
        base.resolve("model.safetensors"), Map.of("mlp.experts.down_proj", weight), Map.of());
    Files.writeString(base.resolve("config.json"), "{\"model_type\": \"%s\"}".formatted(model));
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    String key = "base_model.model.mlp.experts.";
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of(key + "lora_A.weight", a, key + "lora_B.weight", b),
        Map.of());
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        CONFIG.formatted(", \"target_parameters\": [\"mlp.experts.down_proj\"]"));
    Path out = folder.resolve("merged");
    try (BaseNetwork network = BaseNetwork.open(base);
        AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
      NetworkMerge.of(network, opened.adapter(), Optional.empty()).writeFolder(out, false, 1);
    }
    float[] expected = weight.toFloats();
    for (int i = 0; i < expected.length; i++) {
      int e = i / 9;
      int row = i / 3 % 3;
      int column = i % 3;
      expected[i] +=
          2
              * b.toFloats()[2 * (turned ? column : row) + e]
              * a.toFloats()[3 * e + (turned ? row : column)];
    }
    assertArrayEquals(
        expected,
        SafeTensors.read(out.resolve("model.safetensors"))
            .tensors()
            .get("mlp.experts.down_proj")
            .toFloats(),
        ROUNDING);
  }

  @ParameterizedTest
  @CsvSource({
    "dinov2.encoder.layer.1.attention.o_proj, dinov2.encoder.layer.1.attention.output.dense",
    "dinov2.encoder.layer.1.attention.k_proj, dinov2.encoder.layer.1.attention.attention.key",
    "swin.encoder.layers.0.blocks.1.attention.v_proj,"
        + " swin.encoder.layers.0.blocks.1.attention.self.value",
    "swin.encoder.layers.0.blocks.1.mlp.fc2, swin.encoder.layers.0.blocks.1.output.dense",
    "segformer.stages.2.blocks.1.attention.q_proj,"
        + " segformer.encoder.block.2.1.attention.self.query",
    "segformer.stages.2.blocks.1.mlp.fc1, segformer.encoder.block.2.1.mlp.dense1",
    "decode_head.linear_projections.0.proj, decode_head.linear_c.0.proj",
    "model.language_model.layers.0.mlp.up_proj, language_model.model.layers.0.mlp.up_proj",
    "model.vision_tower.encoder.layers.0.fc1, vision_tower.vision_model.encoder.layers.0.fc1",
    "model.multi_modal_projector.linear_1, multi_modal_projector.linear_1",
    "model.visual.blocks.0.attn.qkv, visual.blocks.0.attn.qkv",
    "model.layers.0.mlp.gate, model.layers.0.block_sparse_moe.gate"
  })
  void namesOfTransformersFiveAreThoseOfItsFiles(String five, String file) throws IOException {
    StoredTensor weight = normal(4, 3);
    StoredTensor a = normal(1, 3);
    StoredTensor b = normal(4, 1);
    String key = "base_model.model." + five;
    Result result =
        merged(
            Map.of(file + ".weight", weight),
            Map.of(key + ".lora_A.weight", a, key + ".lora_B.weight", b),
            "");
    assertArrayEquals(
        plus(weight, b.toFloats(), a.toFloats()),
        result.tensors.get(file + ".weight").toFloats(),
        ROUNDING);
    assertEquals(1, result.notes.size(), result.notes.toString());
  }

  @Test
  void whatIsSavedInFullIsSpelledAsTheBaseDoesToo() throws IOException {
    StoredTensor projector = normal(2, 2);
    String key = "base_model.model.model.";
    Result result =
        merged(
            Map.of(
                "language_model.model.layers.0.up.weight", normal(4, 3),
                "multi_modal_projector.weight", normal(2, 2)),
            Map.of(
                key + "language_model.layers.0.up.lora_A.weight", normal(1, 3),
                key + "language_model.layers.0.up.lora_B.weight", normal(4, 1),
                key + "multi_modal_projector.weight", projector),
            "");
    assertEquals(2, result.tensors.size());
    assertEquals(projector, result.tensors.get("multi_modal_projector.weight"));
  }

  @Test
  void anEmbeddingThatIsTheHeadOfAMaskedLanguageModelIsRefused() throws IOException {
    Path base = Files.createDirectories(folder.resolve("bert"));
    String embedding = "bert.embeddings.word_embeddings.weight";
    SafeTensors.write(base.resolve("model.safetensors"), Map.of(embedding, normal(6, 4)), Map.of());
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    String key = "base_model.model.bert.embeddings.word_embeddings.lora_embedding_";
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of(key + "A", normal(1, 6), key + "B", normal(4, 1)),
        Map.of());
    Files.writeString(adapter.resolve("adapter_config.json"), CONFIG.formatted(""));
    for (String of :
        new String[] {
          "BertForMaskedLM",
          "RobertaForCausalLM",
          "Gemma3ForConditionalGeneration",
          "BertForSequenceClassification"
        }) {
      Files.writeString(
          base.resolve("config.json"),
          "{\"model_type\": \"bert\", \"architectures\": [\"%s\"]}".formatted(of));
      try (BaseNetwork network = BaseNetwork.open(base);
          AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
        if (!of.contains("Sequence")) {
          InvalidInputException refused =
              assertThrows(
                  InvalidInputException.class,
                  () -> NetworkMerge.of(network, opened.adapter(), Optional.empty()));
          assertTrue(
              refused.getMessage().startsWith(embedding + ": the adapter changes it, and in"),
              refused.getMessage());
        } else {
          assertEquals(
              1, NetworkMerge.of(network, opened.adapter(), Optional.empty()).needs().size());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OPTForCausalLM, model.decoder.embed_tokens, lm_head",
    "MambaForCausalLM, backbone.embeddings, lm_head",
    "CTRLLMHeadModel, transformer.w, lm_head",
    "BioGptForCausalLM, biogpt.embed_tokens, output_projection"
  })
  void anEmbeddingIsTiedToItsHeadWhateverTheyAreCalled(
      String architecture, String name, String head) throws IOException {
    Path base = Files.createDirectories(folder.resolve("base"));
    String embedding = name + ".weight";
    SafeTensors.write(base.resolve("model.safetensors"), Map.of(embedding, normal(6, 4)), Map.of());
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    String key = "base_model.model." + name + ".lora_embedding_";
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of(key + "A", normal(1, 6), key + "B", normal(4, 1)),
        Map.of());
    Files.writeString(adapter.resolve("adapter_config.json"), CONFIG.formatted(""));
    Files.writeString(
        base.resolve("config.json"),
        "{\"architectures\": [\"%s\"], \"vocab_size\": 6}".formatted(architecture));
    try (BaseNetwork network = BaseNetwork.open(base);
        AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
      List<String> notes = NetworkMerge.of(network, opened.adapter(), Optional.empty()).notes();
      assertTrue(notes.toString().contains(head + ".weight: untied"), notes.toString());
    }
  }

  @Test
  void aTiedHeadBesideAResizedAndUpdatedEmbeddingIsResizedToo() throws IOException {
    Path base = Files.createDirectories(folder.resolve("llama"));
    String embedding = "model.embed_tokens.weight";
    SafeTensors.write(base.resolve("model.safetensors"), Map.of(embedding, normal(6, 4)), Map.of());
    Files.writeString(
        base.resolve("config.json"),
        "{\"architectures\": [\"LlamaForCausalLM\"], \"tie_word_embeddings\": true}");
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    String key = "base_model.model.model.embed_tokens.";
    StoredTensor resized = normal(8, 4);
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of(
            key + "lora_embedding_A", normal(1, 8),
            key + "lora_embedding_B", normal(4, 1),
            key + "base_layer.weight", resized),
        Map.of());
    Files.writeString(adapter.resolve("adapter_config.json"), CONFIG.formatted(""));
    Path out = folder.resolve("merged");
    try (BaseNetwork network = BaseNetwork.open(base);
        AdapterLayouts.Opened opened = AdapterLayouts.open(adapter)) {
      NetworkMerge.of(network, opened.adapter(), Optional.empty()).writeFolder(out, false, 1);
    }
    Map<String, StoredTensor> tensors =
        SafeTensors.read(out.resolve("model.safetensors")).tensors();
    assertEquals(resized, tensors.get("lm_head.weight"));
    assertArrayEquals(new long[] {8, 4}, tensors.get(embedding).shape());
  }

  private static float[] row(StoredTensor matrix, int row) {
    int width = (int) matrix.shape()[1];
    float[] values = new float[width];
    System.arraycopy(matrix.toFloats(), row * width, values, 0, width);
    return values;
  }
}

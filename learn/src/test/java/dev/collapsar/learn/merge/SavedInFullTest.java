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
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an adapter saves in full, where the base's files name, hold or size it otherwise. */
class SavedInFullTest {
  private static final float ROUNDING = 1e-6f;
  private static final String KEY = "base_model.model.model.";
  private static final String LAYER = KEY + "layers.0.";
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String LLAMA = "LlamaForCausalLM";
  private static final String UNTIED = ", \"tie_word_embeddings\": false";

  @TempDir private Path folder;
  private final Random random = new Random(1);

  /** Into a folder of the architecture, vocabulary of 6. */
  private Map<String, StoredTensor> merged(
      String architecture,
      Map<String, StoredTensor> base,
      Map<String, StoredTensor> tensors,
      String config)
      throws IOException {
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    Path network = Files.createDirectories(folder.resolve("base"));
    Path out = folder.resolve("merged");
    SafeTensors.write(adapter.resolve("adapter_model.safetensors"), tensors, Map.of());
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 2%s}".formatted(config));
    SafeTensors.write(network.resolve("model.safetensors"), base, Map.of());
    Files.writeString(
        network.resolve("config.json"),
        "{\"architectures\": [\"%s\"], \"vocab_size\": 6%s}"
            .formatted(architecture, base.containsKey("lm_head.weight") ? UNTIED : ""));
    try (BaseNetwork opened = BaseNetwork.open(network);
        AdapterLayouts.Opened layout = AdapterLayouts.open(adapter)) {
      NetworkMerge.of(opened, layout.adapter(), Optional.empty()).writeFolder(out, false, 1);
    }
    return SafeTensors.read(out.resolve("model.safetensors")).tensors();
  }

  private String refusal(
      Map<String, StoredTensor> base, Map<String, StoredTensor> tensors, String config) {
    return assertThrows(InvalidInputException.class, () -> merged(LLAMA, base, tensors, config))
        .getMessage();
  }

  private StoredTensor normal(long... shape) {
    return RandomAdapters.normal(random, shape);
  }

  private Map<String, StoredTensor> factors(String module, int out, int in) {
    return Map.of(
        module + ".lora_A.weight", normal(1, in), module + ".lora_B.weight", normal(out, 1));
  }

  private static Map<String, StoredTensor> both(
      Map<String, StoredTensor> one, Map<String, StoredTensor> other) {
    Map<String, StoredTensor> all = new LinkedHashMap<>(one);
    all.putAll(other);
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "mlp.experts, mlp.experts, gate_proj, up_proj, down_proj",
    "mlp.experts, block_sparse_moe.experts, w1, w3, w2",
    "feed_forward.experts, feed_forward.experts, w1, w3, w2",
    "feed_forward.experts, feed_forward.experts, gate_proj, up_proj, down_proj"
  })
  void fusedExpertsReplaceThoseThatTheBaseHoldsOneByOne(
      String fused, String own, String gate, String up, String down) throws IOException {
    StoredTensor gateUp = normal(2, 6, 4); // (E, 2f, d)
    StoredTensor downs = normal(2, 4, 3);
    Map<String, StoredTensor> base = new LinkedHashMap<>();
    Map<String, float[]> expected = new LinkedHashMap<>();
    for (int e = 0; e < 2; e++) {
      String expert = "model.layers.0.%s.%s.".formatted(own, e);
      base.put(expert + gate + ".weight", normal(3, 4));
      base.put(expert + up + ".weight", normal(3, 4));
      base.put(expert + down + ".weight", normal(4, 3));
      float[] pair = gateUp.toFloats();
      expected.put(expert + gate + ".weight", Arrays.copyOfRange(pair, e * 24, e * 24 + 12));
      expected.put(expert + up + ".weight", Arrays.copyOfRange(pair, e * 24 + 12, e * 24 + 24));
      expected.put(
          expert + down + ".weight", Arrays.copyOfRange(downs.toFloats(), e * 12, e * 12 + 12));
    }
    Map<String, StoredTensor> result =
        merged(
            "MixtralForCausalLM",
            base,
            Map.of(LAYER + fused + ".gate_up_proj", gateUp, LAYER + fused + ".down_proj", downs),
            "");
    assertEquals(expected.keySet(), result.keySet());
    expected.forEach(
        (name, values) -> assertArrayEquals(values, result.get(name).toFloats(), name));
  }

  @Test
  void aRouterBesideFactorsReplacesWhatTheBaseCallsOtherwise() throws IOException {
    StoredTensor router = normal(2, 4);
    String own = "model.layers.0.block_sparse_moe.gate.weight";
    Map<String, StoredTensor> result =
        merged(
            "MixtralForCausalLM",
            Map.of("model.layers.0.self_attn.q_proj.weight", normal(4, 4), own, normal(2, 4)),
            both(
                factors(LAYER + "self_attn.q_proj", 4, 4),
                Map.of(LAYER + "mlp.gate.weight", router)),
            "");
    assertEquals(2, result.size());
    assertEquals(router, result.get(own));
  }

  @Test
  void aTensorForALayerThatHasNothingOfItsNameIsRefused() {
    String refused =
        refusal(
            Map.of("model.layers.0.up.weight", normal(4, 3)),
            both(factors(LAYER + "up", 4, 3), Map.of(LAYER + "router.weight", normal(2, 4))),
            "");
    assertTrue(refused.contains("the base's layer model.layers.0 has no such module"), refused);
  }

  @Test
  void aResizedHeadThatWasTiedTakesTheEmbeddingWithIt() throws IOException {
    StoredTensor resized = normal(8, 4);
    Map<String, StoredTensor> result =
        merged(
            LLAMA,
            Map.of(EMBEDDING, normal(6, 4)),
            both(
                factors("base_model.model.lm_head", 8, 4),
                Map.of("base_model.model.lm_head.base_layer.weight", resized)),
            "");
    assertEquals(resized, result.get(EMBEDDING));
    assertArrayEquals(new long[] {8, 4}, result.get("lm_head.weight").shape());
  }

  @Test
  void anEmbeddingResizedWithoutItsHeadIsRefused() {
    String refused =
        refusal(
            Map.of(EMBEDDING, normal(6, 4), "lm_head.weight", normal(6, 4)),
            Map.of(KEY + "embed_tokens.weight", normal(8, 4)),
            "");
    assertTrue(refused.contains("holds no lm_head.weight of that size"), refused);
  }

  @Test
  void tokensOfAResizedVocabularyReplaceRowsOfTheResizedEmbeddingAndItsTiedHead()
      throws IOException {
    StoredTensor resized = normal(8, 4);
    StoredTensor row = normal(1, 4);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (String module : new String[] {KEY + "embed_tokens", "base_model.model.lm_head"}) {
      tensors.put(module + ".token_adapter.base_layer.weight", resized);
      tensors.put(module + ".token_adapter.trainable_tokens_delta", row);
    }
    Map<String, StoredTensor> result =
        merged(
            LLAMA,
            Map.of(EMBEDDING, normal(6, 4)),
            tensors,
            ", \"trainable_token_indices\": {\"embed_tokens\": [7]}");
    float[] expected = resized.toFloats();
    System.arraycopy(row.toFloats(), 0, expected, 7 * 4, 4);
    assertArrayEquals(expected, result.get(EMBEDDING).toFloats());
    assertArrayEquals(expected, result.get("lm_head.weight").toFloats());
  }

  @Test
  void aModuleSavedInsideOfOneThatIsSavedIsRefused() {
    String refused =
        refusal(
            Map.of("model.norm.inner.norm.weight", normal(4)),
            Map.of(KEY + "norm.inner.norm.weight", normal(4)),
            ", \"modules_to_save\": [\"norm\"]");
    assertTrue(
        refused.contains("modules_to_save names model.norm and model.norm.inner.norm inside it"),
        refused);
  }

  @Test
  void anUntiedHeadOfBartLeavesBothSidesTheSharedEmbedding() throws IOException {
    StoredTensor shared = normal(6, 4);
    Map<String, StoredTensor> result =
        merged(
            "BartForConditionalGeneration",
            Map.of("model.shared.weight", shared),
            factors("base_model.model.lm_head", 6, 4),
            "");
    assertEquals(4, result.size());
    assertEquals(shared, result.get("model.encoder.embed_tokens.weight"));
    assertEquals(shared, result.get("model.decoder.embed_tokens.weight"));
  }

  @Test
  void magnitudesOfDoraScaleWhatAStartOfPissaLeaves() throws IOException {
    String name = "model.up.weight";
    StoredTensor weight = normal(4, 3);
    Map<String, StoredTensor> factors = factors(KEY + "up", 4, 3);
    StoredTensor magnitudes = normal(4);
    String start = ", \"init_lora_weights\": \"pissa\"";
    float[] plain = merged(LLAMA, Map.of(name, weight), factors, start).get(name).toFloats();
    try (var files = Files.walk(folder.resolve("merged"))) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
    float[] scaled =
        merged(
                LLAMA,
                Map.of(name, weight),
                both(factors, Map.of(KEY + "up.lora_magnitude_vector", magnitudes)),
                start + ", \"use_dora\": true")
            .get(name)
            .toFloats();
    for (int i = 0; i < 4; i++) {
      double norm = 0;
      for (int j = 0; j < 3; j++) {
        norm += plain[3 * i + j] * plain[3 * i + j];
      }
      for (int j = 0; j < 3; j++) {
        double expected = magnitudes.toFloats()[i] * plain[3 * i + j] / Math.sqrt(norm);
        assertEquals(expected, scaled[3 * i + j], 4 * ROUNDING, "row " + i);
      }
    }
  }
}

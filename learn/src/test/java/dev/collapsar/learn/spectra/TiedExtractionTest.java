package dev.collapsar.learn.spectra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.adapter.BaseModel;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import dev.collapsar.learn.merge.BaseNetwork;
import dev.collapsar.learn.merge.NetworkMerge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Full fine-tunes of networks whose head is their embedding's weight. */
class TiedExtractionTest {
  private static final String UP = "model.up.weight";
  private static final int WIDTH = 8;

  @TempDir private Path folder;
  private final Random random = new Random(3);

  private StoredTensor normal(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return StoredTensor.of(values, rows, columns);
  }

  /** With one weight moved by a matrix of rank one. */
  private StoredTensor moved(StoredTensor weight) {
    float[] values = weight.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += (i / WIDTH + 1) * (i % WIDTH - 2.5f);
    }
    return StoredTensor.of(values, WIDTH, WIDTH);
  }

  private Path network(String name, String architecture, String type, Map<String, StoredTensor> all)
      throws IOException {
    Path network = Files.createDirectories(folder.resolve(name));
    SafeTensors.write(network.resolve("model.safetensors"), all, Map.of());
    Files.writeString(
        network.resolve("config.json"),
        "{\"architectures\": [\"%s\"], \"model_type\": \"%s\"}".formatted(architecture, type));
    return network;
  }

  private Extraction extracted(Path base, Path tuned) {
    try (BaseNetwork one = BaseNetwork.open(base);
        BaseNetwork other = BaseNetwork.open(tuned)) {
      return Extraction.of(
          one, other, new RankRule.Fixed(1), List.of(), BaseModel.UNSTATED, n -> {});
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LlamaForCausalLM, model.embed_tokens.weight",
    "GPT2LMHeadModel, transformer.wte.weight",
    "T5ForConditionalGeneration, shared.weight"
  })
  void aHeadThatIsTheChangedEmbeddingIsSavedWithItAndMergesToTheTunedNetwork(
      String architecture, String embedding) throws IOException {
    StoredTensor up = normal(WIDTH, WIDTH);
    StoredTensor words = normal(6, WIDTH);
    Path base = network("base", architecture, "other", Map.of(embedding, normal(6, WIDTH), UP, up));
    Path tuned = network("tuned", architecture, "other", Map.of(embedding, words, UP, moved(up)));
    Extraction extraction = extracted(base, tuned);
    Map<String, StoredTensor> saved = extraction.adapter().saved();
    assertEquals(words, saved.get(embedding));
    assertEquals(words, saved.get("lm_head.weight"));

    Path out = folder.resolve("merged");
    extraction.adapter().write(folder.resolve("adapter"));
    try (BaseNetwork network = BaseNetwork.open(base);
        AdapterLayouts.Opened opened = AdapterLayouts.open(folder.resolve("adapter"))) {
      NetworkMerge.of(network, opened.adapter(), Optional.empty()).writeFolder(out, false, 1);
    }
    Map<String, StoredTensor> merged = SafeTensors.read(out.resolve("model.safetensors")).tensors();
    assertEquals(2, merged.size(), "still tied");
    assertEquals(words, merged.get(embedding));
  }

  @Test
  void aHeadOfItsOwnThatBecameTiedFollowsTheEmbedding() throws IOException {
    StoredTensor words = normal(6, WIDTH);
    StoredTensor up = normal(WIDTH, WIDTH);
    String embedding = "model.embed_tokens.weight";
    Path base =
        network(
            "base",
            "LlamaForCausalLM",
            "llama",
            Map.of(embedding, words, "lm_head.weight", normal(6, WIDTH), UP, up));
    Path tuned =
        network("tuned", "LlamaForCausalLM", "llama", Map.of(embedding, words, UP, moved(up)));
    Extraction extraction = extracted(base, tuned);
    assertTrue(
        extraction.full().containsKey("lm_head.weight")
            || extraction.layers().containsKey("lm_head"),
        extraction.toString());
  }

  @Test
  void aTableOfRelativePositionsIsAnEmbeddingAndSoSavedInFull() throws IOException {
    String table = "encoder.relative_attention_bias.weight";
    StoredTensor up = normal(WIDTH, WIDTH);
    StoredTensor bias = normal(WIDTH, WIDTH);
    Map<String, StoredTensor> before = new LinkedHashMap<>(Map.of(UP, up, table, bias));
    Map<String, StoredTensor> after =
        new LinkedHashMap<>(Map.of(UP, moved(up), table, moved(bias)));
    Extraction extraction =
        extracted(
            network("base", "T5EncoderModel", "t5", before),
            network("tuned", "T5EncoderModel", "t5", after));
    assertEquals("an embedding", extraction.full().get(table));
  }

  @Test
  void whatMakesAWeightIsSavedWithTheModuleWhoseWeightItMakes() throws IOException {
    String conv = "pos_conv_embed.conv";
    StoredTensor up = normal(WIDTH, WIDTH);
    Map<String, StoredTensor> before = new LinkedHashMap<>(Map.of(UP, up));
    Map<String, StoredTensor> after = new LinkedHashMap<>(Map.of(UP, moved(up)));
    for (String made : new String[] {".bias", ".parametrizations.weight.original0"}) {
      before.put(conv + made, normal(WIDTH, 1));
      after.put(conv + made, normal(WIDTH, 1));
    }
    Extraction extraction =
        extracted(
            network("base", "Wav2Vec2Model", "wav2vec2", before),
            network("tuned", "Wav2Vec2Model", "wav2vec2", after));
    assertEquals(List.of(conv), extraction.adapter().config().modulesToSave());
  }

  @Test
  void namesThatTransformersHasOtherwiseInMemoryAreSaid() throws IOException {
    StoredTensor up = normal(WIDTH, WIDTH);
    Extraction extraction =
        extracted(
            network("base", "ViTModel", "vit", Map.of(UP, up)),
            network("tuned", "ViTModel", "vit", Map.of(UP, moved(up))));
    assertTrue(extraction.notes().toString().contains("of vit transformers has others in memory"));
  }
}

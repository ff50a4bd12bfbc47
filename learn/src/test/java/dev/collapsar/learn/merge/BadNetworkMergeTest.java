package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broken bases and adapters: one line, and nothing is written. */
class BadNetworkMergeTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String MODEL = "adapter_model.safetensors";

  @TempDir Path folder;
  private Path base;
  private Path adapter;

  @BeforeEach
  void copies() throws IOException {
    base = copy("adapters/hf-llama-sharded/base", "base");
    adapter = copy("adapters/hf-llama-sharded/adapter", "adapter");
  }

  @Test
  void aShardThatIsCutShortIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(base.resolve(SECOND));
    Files.write(base.resolve(SECOND), Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused(SECOND, "end");
  }

  @Test
  void anIndexThatNamesAMissingShardIsRefused() throws IOException {
    Files.delete(base.resolve(SECOND));
    assertRefused(INDEX, SECOND);
  }

  @Test
  void anIndexThatPromisesATensorInAShardWithoutItIsRefused() throws IOException {
    rewrite(base.resolve(INDEX), text -> text.replace("lm_head.weight", "other_head.weight"));
    assertRefused("other_head.weight", SECOND);
  }

  @Test
  void anIndexThatPointsOutOfItsFolderIsRefused() throws IOException {
    rewrite(base.resolve(INDEX), text -> text.replace(SECOND, "../" + SECOND));
    assertRefused(INDEX, "../");
  }

  @Test
  void twoShardsWithOneTensorAreRefused() {
    Map<String, StoredTensor> second = new LinkedHashMap<>(read(base.resolve(SECOND)));
    second.put("model.embed_tokens.weight", StoredTensor.of(new float[640], 40, 16));
    SafeTensors.write(base.resolve(SECOND), second, Map.of());
    assertRefused("model.embed_tokens.weight", FIRST);
  }

  @Test
  void factorsOfDisagreeingRankAreRefused() {
    changeAdapter("q_proj.lora_B.weight", StoredTensor.of(new float[48], 16, 3));
    assertRefused("disagreeing rank", "q_proj");
  }

  @Test
  void aFactorThatIsOneNumberIsRefused() {
    changeAdapter("q_proj.lora_A.weight", StoredTensor.of(new float[1]));
    assertRefused("q_proj", "one number alone");
  }

  @Test
  void anAdapterOfNoTensorsIsRefused() {
    SafeTensors.write(adapter.resolve(MODEL), Map.of(), Map.of());
    assertRefused(MODEL, "no tensor");
  }

  @Test
  void aTensorWithoutElementsIsRefused() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(read(adapter.resolve(MODEL)));
    tensors.put("base_model.model.lm_head.weight", StoredTensor.of(new float[0], 0));
    SafeTensors.write(adapter.resolve(MODEL), tensors, Map.of());
    assertRefused("lm_head.weight", "no elements");
  }

  @Test
  void aRankThatIsNotTheConfigurationsIsRefused() {
    changeAdapter("q_proj.lora_A.weight", StoredTensor.of(new float[48], 3, 16));
    assertRefused("its rank is 3", "the configuration's 4", "q_proj");
  }

  @Test
  void anAdapterOfAWeightOfAnotherShapeIsRefused() {
    changeAdapter("v_proj.lora_B.weight", StoredTensor.of(new float[36], 9, 4));
    assertRefused("v_proj.weight", "(9, 16)");
  }

  @Test
  void anAdapterOfAnotherNetworkIsRefused() throws IOException {
    adapter = copy("adapters/lora-linear/adapter", "other");
    assertRefused("another network", "fc1");
  }

  @Test
  void aBiasForALayerWithoutOneIsRefusedAsThatAndNotAsAnotherNetworks() throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(read(adapter.resolve(MODEL)));
    for (Map.Entry<String, StoredTensor> tensor : read(adapter.resolve(MODEL)).entrySet()) {
      if (tensor.getKey().endsWith(".lora_B.weight")) {
        int rows = (int) tensor.getValue().shape()[0];
        float[] ones = new float[rows];
        Arrays.fill(ones, 1);
        tensors.put(tensor.getKey().replace(".weight", ".bias"), StoredTensor.of(ones, rows));
      }
    }
    SafeTensors.write(adapter.resolve(MODEL), tensors, Map.of());
    rewrite(
        adapter.resolve("adapter_config.json"),
        text -> text.replaceFirst("\"lora_bias\": *false", "\"lora_bias\": true"));
    assertRefused("_proj has no bias in the base", "lora_bias");
  }

  @Test
  void aCopyOfTheBaseThatIsAnotherBasesIsRefused() throws IOException {
    base = copy("adapters/hf-base-layer-beside/base", "tied");
    adapter = copy("adapters/hf-base-layer-beside/adapter", "beside");
    changeAdapter("embed_tokens.base_layer.weight", StoredTensor.of(new float[640], 40, 16));
    assertRefused("model.embed_tokens.weight", "another base");
  }

  @Test
  void anUpdateThatIsNotFiniteIsRefused() {
    float[] large = new float[64];
    Arrays.fill(large, Float.MAX_VALUE);
    changeAdapter("q_proj.lora_B.weight", StoredTensor.of(large, 16, 4));
    assertRefused("q_proj.weight", "beyond float32, whose largest is");
  }

  private void changeAdapter(String ending, StoredTensor by) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(read(adapter.resolve(MODEL)));
    String name = tensors.keySet().stream().filter(n -> n.endsWith(ending)).findFirst().get();
    tensors.put(name, by);
    SafeTensors.write(adapter.resolve(MODEL), tensors, Map.of());
  }

  private void assertRefused(String... words) {
    Path out = folder.resolve("out");
    String message = assertThrows(InvalidInputException.class, () -> merge(out)).getMessage();
    assertFalse(message.contains("\n"), message);
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
    assertEquals(List.of(), left(), message);
  }

  private void merge(Path out) {
    try (BaseNetwork opened = BaseNetwork.open(base);
        AdapterLayouts.Opened read = AdapterLayouts.open(adapter)) {
      NetworkMerge.of(opened, read.adapter(), Optional.empty()).writeFolder(out, false, 1);
    }
  }

  private List<String> left() {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.startsWith(".") || name.equals("out"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, StoredTensor> read(Path file) {
    return SafeTensors.read(file).tensors();
  }

  private static void rewrite(Path file, UnaryOperator<String> change) throws IOException {
    Files.writeString(file, change.apply(Files.readString(file)));
  }

  private Path copy(String golden, String name) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(Golden.path(golden))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName().toString()));
      }
    }
    return copy;
  }
}

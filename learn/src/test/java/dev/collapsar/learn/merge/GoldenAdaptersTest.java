package dev.collapsar.learn.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.Rounding;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.adapter.layout.AdapterLayouts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters of many tools against the formulas computed from their files alone, rounded once. */
class GoldenAdaptersTest {
  /** Starts whose base the files do not tell. */
  private static final Set<String> REFUSED = Set.of("start-corda", "start-lora_ga");

  /**
   * Its oracle draws in double precision what PEFT, and so the network that runs, holds in single.
   */
  private static final String DRAWN = "vera-no-projection";

  @TempDir Path folder;

  static Stream<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(Golden.path("adapters"))) {
      return folders
          .filter(path -> Files.exists(path.resolve("case.json")))
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theMergeIsTheFormulaRoundedOnceAndEverythingElseIsTheBase(String name) throws IOException {
    Path golden = Golden.path("adapters/" + name);
    Path out = folder.resolve("merged");
    if (REFUSED.contains(name)) {
      InvalidInputException refusal =
          assertThrows(InvalidInputException.class, () -> merge(golden, out));
      assertTrue(refusal.getMessage().contains("path_initial_model_for_weight_conversion"));
      assertTrue(Files.notExists(out));
      return;
    }
    List<String> notes = merge(golden, out);
    Map<String, StoredTensor> merged = tensors(out);
    Map<String, StoredTensor> base = tensors(golden.resolve("base"));
    Map<String, StoredTensor> exact = SafeTensors.read(exact(golden)).tensors();
    for (Map.Entry<String, StoredTensor> tensor : merged.entrySet()) {
      StoredTensor expected = exact.get(tensor.getKey());
      StoredTensor before = base.get(tensor.getKey());
      if (expected == null) {
        assertEquals(before, tensor.getValue(), tensor.getKey());
      } else {
        ElementType type = before == null ? tensor.getValue().type() : before.type();
        assertRounded(name + " " + tensor.getKey(), expected, type, tensor.getValue());
      }
    }
    JsonNode description = new ObjectMapper().readTree(golden.resolve("case.json").toFile());
    description.get("changed").forEach(c -> assertTrue(merged.containsKey(c.asText()), c.asText()));
    assertTrue(merged.keySet().containsAll(base.keySet()));
    assertTrue(!name.startsWith("hf-tied") || notes.toString().contains("untied"), notes::toString);
    assertSaid(golden.resolve("logits_live.npy"), "which no weight does", notes);
    assertSaid(golden.resolve("merged_once_f64.safetensors"), "is added once", notes);
  }

  /** What PEFT's own network does otherwise is said where the case has it, and nowhere else. */
  private static void assertSaid(Path difference, String words, List<String> notes) {
    assertEquals(Files.exists(difference), notes.toString().contains(words), notes::toString);
  }

  private static Path exact(Path golden) {
    Path once = golden.resolve("merged_once_f64.safetensors"); // out_proj added once
    return Files.exists(once) ? once : golden.resolve("merged_f64.safetensors");
  }

  private static void assertRounded(
      String what, StoredTensor exact, ElementType type, StoredTensor found) {
    assertEquals(type, found.type(), what);
    assertArrayEquals(exact.shape(), found.shape(), what);
    double[] values = exact.toDoubles();
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    Rounding.put(type, values, 0, values.length, bytes);
    StoredTensor expected = new StoredTensor(type, exact.shape(), bytes.flip());
    if (what.startsWith(DRAWN)) {
      assertArrayEquals(values, found.toDoubles(), 1e-6, what);
    } else {
      assertArrayEquals(expected.toDoubles(), found.toDoubles(), what);
    }
  }

  private static List<String> merge(Path golden, Path out) throws IOException {
    try (BaseNetwork base = BaseNetwork.open(golden.resolve("base"));
        AdapterLayouts.Opened adapter = AdapterLayouts.open(adapter(golden))) {
      NetworkMerge merge = NetworkMerge.of(base, adapter.adapter(), Optional.empty());
      merge.writeFolder(out, false, 2);
      return merge.notes();
    }
  }

  private static Path adapter(Path golden) throws IOException {
    Path adapter = golden.resolve("adapter");
    try (Stream<Path> files = Files.list(adapter)) {
      List<Path> found = files.toList();
      return found.size() == 1 ? found.get(0) : adapter;
    }
  }

  private static Map<String, StoredTensor> tensors(Path network) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    try (BaseNetwork opened = BaseNetwork.open(network)) {
      for (FileTensor tensor : opened.tensors().values()) {
        tensors.put(tensor.name(), tensor.stored());
      }
    }
    return tensors;
  }
}

package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters of every layout, as a user of the command line sees them. */
class AdapterLayoutsCommandTest {
  @TempDir Path folder;

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static String golden(String name) {
    return Golden.path("adapters").resolve(name).toString();
  }

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
  void infoLooksAtEveryAdapterWithAndWithoutItsBase(String name) throws IOException {
    String adapter = adapter(name);
    Session alone = Session.of("adapter", "info", adapter);
    assertEquals(ExitCodes.DONE, alone.exitCode(), alone.err());
    Session beside = Session.of("adapter", "info", adapter, "--base", golden(name + "/base"));
    assertEquals(ExitCodes.DONE, beside.exitCode(), beside.err());
    assertFalse(beside.out().contains("cannot be merged into"), beside.out());
    Session json = Session.of("adapter", "info", adapter, "--format", "json");
    assertTrue(new ObjectMapper().readTree(json.out()).has("parameters"), json.out());
  }

  @Test
  void whatNoLayoutOfOursUnderstandsIsListedAsItStands() throws IOException {
    Path adapter = Files.createDirectory(folder.resolve("theirs"));
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of("base_model.model.fc.hra_u", StoredTensor.of(new float[6], 3, 2)),
        Map.of());
    Files.writeString(adapter.resolve("adapter_config.json"), "{\"peft_type\": \"HRA\"}");
    Session session = Session.of("adapter", "info", adapter.toString());
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("HRA in PEFT's layout, 6 numbers in 1 tensor"));
    assertTrue(session.out().contains("base_model.model.fc.hra_u  float32 (3, 2)"));
    assertTrue(session.out().contains("cannot be merged: peft_type is HRA"), session.out());
  }

  @Test
  void aLayerOfWhichAdaLoraPrunedAllRanksStaysAsItIs() throws IOException {
    Path adapter = Files.createDirectory(folder.resolve("pruned"));
    StoredTensor weight = StoredTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    SafeTensors.write(folder.resolve("net.safetensors"), Map.of("fc.weight", weight), Map.of());
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of(
            "base_model.model.fc.lora_A", StoredTensor.of(new float[0], 0, 3),
            "base_model.model.fc.lora_B", StoredTensor.of(new float[0], 2, 0),
            "base_model.model.fc.lora_E", StoredTensor.of(new float[0], 0, 1)),
        Map.of());
    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"peft_type\": \"ADALORA\", \"init_r\": 2}");
    Session merged =
        Session.of(
            "adapter",
            "merge",
            adapter.toString(),
            "--base",
            at("net.safetensors"),
            "--out",
            at("m.safetensors"));
    assertEquals(ExitCodes.DONE, merged.exitCode(), merged.err());
    assertEquals(
        weight, SafeTensors.read(folder.resolve("m.safetensors")).tensors().get("fc.weight"));
    Session info = Session.of("adapter", "info", adapter.toString(), "--spectra");
    assertEquals(ExitCodes.DONE, info.exitCode(), info.err());
  }

  @Test
  void whatContradictsItselfIsLookedAtAndNotMerged() throws IOException {
    Path adapter = Files.createDirectory(folder.resolve("theirs"));
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of(
            "base_model.model.fc.lora_A.weight", StoredTensor.of(new float[6], 2, 3),
            "base_model.model.fc.lora_B.weight", StoredTensor.of(new float[9], 3, 3)),
        Map.of());
    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 2}");
    Session session = Session.of("adapter", "info", adapter.toString());
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("15 numbers in 2 tensors"), session.out());
    assertTrue(session.out().contains("factors of disagreeing rank"), session.out());
    Session typo = Session.of("adapter", "info", adapter.toString(), "--base", at("none"));
    assertEquals(ExitCodes.YOUR_INPUT, typo.exitCode());
  }

  @Test
  void whatPeftRunsOtherwiseIsSaidOnce() {
    String adapter = golden("lora-mha/adapter");
    Session merged =
        Session.of(
            "adapter", "merge", adapter, "--base", golden("lora-mha/base"), "--out", at("merged"));
    assertEquals(ExitCodes.DONE, merged.exitCode(), merged.err());
    assertEquals(2, (merged.out() + merged.err()).split("is added once").length);
    assertTrue(Session.of("adapter", "info", adapter).out().contains("is added once"));
  }

  @Test
  void aMergeIntoAFolderCarriesEverythingElseAlong() throws IOException {
    Session session =
        Session.of(
            "adapter",
            "merge",
            golden("hf-llama-head-saved/adapter"),
            "--base",
            golden("hf-llama-head-saved/base"),
            "--out",
            at("merged"));
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("lm_head.weight: replaced"), session.out());
    for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      assertEquals(
          Files.readString(Path.of(golden("hf-llama-head-saved/base/" + file))),
          Files.readString(folder.resolve("merged").resolve(file)));
    }
    Session again =
        Session.of(
            "adapter",
            "merge",
            golden("hf-llama-head-saved/adapter"),
            "--base",
            golden("hf-llama-head-saved/base"),
            "--out",
            at("merged"));
    assertEquals(ExitCodes.YOUR_INPUT, again.exitCode());
  }

  @Test
  void aResizedVocabularyAndAnUntiedHeadAreInTheConfigurationAndSaid() throws IOException {
    Session resized = merge("hf-resized-and-targeted", "resized");
    assertTrue(resized.out().contains("vocab_size is 43, was 40"), resized.out());
    assertEquals(43, config("resized").get("vocab_size").asInt());
    Session tied = merge("hf-tied-head-only", "untied");
    assertTrue(tied.out().contains("lm_head.weight: untied"), tied.out());
    assertFalse(config("untied").get("tie_word_embeddings").asBoolean());
    assertFalse(merge("hf-resized-vocabulary", "still").out().contains("untied"));
    assertTrue(config("still").get("tie_word_embeddings").asBoolean());
  }

  @Test
  void shardsStayShardsAndTheIndexNamesEveryTensor() throws IOException {
    merge("hf-llama-sharded", "sharded");
    JsonNode before = index(Path.of(golden("hf-llama-sharded/base")));
    assertEquals(before, index(folder.resolve("sharded")));
  }

  @Test
  void theCommonPrefixThatABaseLacksIsFoundAndSaid() {
    Session session = merge("hf-gpt2-no-prefix", "gpt2");
    assertTrue(session.out().contains("without 'transformer.'"), session.out());
  }

  @Test
  void aFolderThatIsNoNetworksIsNotReplaced() throws IOException {
    Path mine = Files.createDirectory(folder.resolve("mine"));
    Files.writeString(mine.resolve("thesis.tex"), "years of work");
    Session session =
        Session.of(
            "adapter",
            "merge",
            golden("hf-gpt2/adapter"),
            "--base",
            golden("hf-gpt2/base"),
            "--out",
            mine.toString(),
            "--force");
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
    assertTrue(session.err().contains("no network's folder"), session.err());
    assertTrue(Files.exists(mine.resolve("thesis.tex")));
  }

  @Test
  void whatIsMergedIsNeverReplacedByItsMergeAndWhatIsLeftOutBesideItIsSaid() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(Path.of(golden("hf-gpt2/base")).resolve(name), base.resolve(name));
    }
    Files.createDirectory(base.resolve("onnx"));
    Files.createSymbolicLink(base.resolve("tokenizer.json"), Path.of("not-there"));
    String[] arguments = {
      "adapter", "merge", golden("hf-gpt2/adapter"), "--base", base.toString(), "--force", "--out"
    };
    byte[] before = Files.readAllBytes(base.resolve("model.safetensors"));
    for (String out : new String[] {base.toString(), base + "/model.safetensors"}) {
      Session same = Session.of(and(arguments, out));
      assertEquals(ExitCodes.YOUR_INPUT, same.exitCode(), same.err());
      assertTrue(same.err().contains("would replace what is read"), same.err());
    }
    assertArrayEquals(before, Files.readAllBytes(base.resolve("model.safetensors")));
    Session other = Session.of(and(arguments, folder.resolve("merged").toString()));
    assertTrue(
        other
            .out()
            .contains(
                "left out beside the weights: onnx (a folder), tokenizer.json (a link to what is"
                    + " not there)"),
        other.out());
  }

  @Test
  void aPlanReadsTheHeadsOfAFoldersShards() {
    Session session =
        Session.of(
            "adapter", "plan", golden("hf-llama-sharded/base"), "--targets", "q_proj,v_proj");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("layers.1.self_attn.v_proj"), session.out());
    assertTrue(session.out().contains("in 4 layers"), session.out());
  }

  private static String[] and(String[] arguments, String last) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = last;
    return all;
  }

  private Session merge(String name, String out) {
    Session session =
        Session.of(
            "adapter",
            "merge",
            golden(name + "/adapter"),
            "--base",
            golden(name + "/base"),
            "--out",
            at(out));
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    return session;
  }

  private JsonNode config(String network) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(network).resolve("config.json").toFile());
  }

  private static JsonNode index(Path network) throws IOException {
    return new ObjectMapper().readTree(network.resolve("model.safetensors.index.json").toFile());
  }

  private static String adapter(String name) throws IOException {
    Path adapter = Path.of(golden(name + "/adapter"));
    try (Stream<Path> files = Files.list(adapter)) {
      List<Path> found = files.toList();
      return (found.size() == 1 ? found.get(0) : adapter).toString();
    }
  }
}

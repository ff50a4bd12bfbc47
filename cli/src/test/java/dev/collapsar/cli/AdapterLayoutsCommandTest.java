package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  void aPlanReadsTheHeadsOfAFoldersShards() {
    Session session =
        Session.of(
            "adapter", "plan", golden("hf-llama-sharded/base"), "--targets", "q_proj,v_proj");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains("layers.1.self_attn.v_proj"), session.out());
    assertTrue(session.out().contains("in 4 layers"), session.out());
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

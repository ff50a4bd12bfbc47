package dev.collapsar.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.collapsar.InvalidInputException;
import dev.collapsar.data.NewFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir Path temporary;

  @Test
  void aRecordReadsBackAsItWasWritten() throws IOException {
    Path run = temporary.resolve("run");
    try (RunDirectory directory = RunDirectory.create(run)) {
      directory.write(RunRecords.domainShift());
    }
    RunRecord read = RunDirectory.open(run).record();
    assertEquals(json(RunRecords.domainShift()), json(read));
    assertEquals(RunRecords.domainShift().measurements(), read.measurements());
    assertEquals(
        List.copyOf(RunRecords.domainShift().settings().keySet()),
        List.copyOf(read.settings().keySet()));
  }

  @Test
  void metricsAreAFunctionOfTheMeasurementsAlone() throws IOException {
    RunRecord record = RunRecords.domainShift();
    for (String name : List.of("a", "b")) {
      try (RunDirectory directory = RunDirectory.create(temporary.resolve(name))) {
        directory.write(
            name.equals("a")
                ? record
                : RunRecords.with(record, RunRecord.Status.INTERRUPTED, "another"));
      }
    }
    assertEquals(
        -1,
        Files.mismatch(
            temporary.resolve("a").resolve("metrics.csv"),
            temporary.resolve("b").resolve("metrics.csv")));
  }

  @Test
  void aRunThatFailsBeforeItsFirstRecordLeavesNothing() {
    Path run = temporary.resolve("runs").resolve("deep").resolve("run");
    try (RunDirectory directory = RunDirectory.create(run)) {
      directory.writeRecipe("domain-shift", 42, Map.of("batch", 128));
      directory.adapter("lora-r8");
    }
    assertFalse(Files.exists(temporary.resolve("runs")));
  }

  @Test
  void anEmptyDirectoryThatExistedIsKeptEmptyByAFailedRun() throws IOException {
    try (RunDirectory directory = RunDirectory.create(temporary)) {
      directory.writeRecipe("domain-shift", 42, Map.of());
    }
    assertEquals(List.of(), names(temporary));
  }

  @Test
  void aRunWithARecordIsKeptAndHoldsNoTemporaryFiles() throws IOException {
    try (RunDirectory directory = RunDirectory.create(temporary)) {
      directory.writeRecipe("domain-shift", 42, Map.of());
      directory.write(RunRecords.domainShift());
      assertTrue(Files.isDirectory(directory.adapter("lora-r8")));
      assertTrue(Files.isDirectory(directory.checkpoints("adapt", "lora-r8")));
    }
    assertEquals(
        List.of("adapters", "checkpoints", "metrics.csv", "recipe.yaml", "record.json"),
        names(temporary));
  }

  @Test
  void aDirectoryWithSomethingInItIsRefusedAndLeftAlone() throws IOException {
    Files.writeString(temporary.resolve("thesis.tex"), "years of work");
    InvalidInputException e = refused(() -> RunDirectory.create(temporary));
    assertTrue(e.getMessage().contains(temporary + " is not empty"), e.getMessage());
    assertEquals(List.of("thesis.tex"), names(temporary));
  }

  @Test
  void halfAnAdapterBlocksNoResumeAndTheUsersHiddenFilesStay() throws IOException {
    Path half = NewFile.partial(temporary.resolve("adapters/lora-r8"));
    Files.createDirectories(half);
    Files.writeString(NewFile.partial(half.resolve("adapter_model.safetensors")), "half");
    Files.writeString(half.resolve("adapter_config.json"), "{}");
    for (String name : List.of(".thesis.part", ".thesis.7.part", "7.collapsar.part")) {
      Files.writeString(temporary.resolve(name), "years of work");
    }
    RunDirectory.resume(temporary).close();
    assertEquals(List.of(), names(temporary.resolve("adapters")));
    assertEquals(
        List.of(".thesis.7.part", ".thesis.part", "7.collapsar.part", "adapters"),
        names(temporary));
    InvalidInputException e = refused(() -> RunDirectory.create(temporary));
    assertTrue(e.getMessage().contains("is not empty"), e.getMessage());
  }

  @Test
  void whatAProcessLeavesThatWasKilledBeforeItsFirstFileBlocksNoStart() throws IOException {
    Files.createDirectories(temporary.resolve("checkpoints/adapt"));
    Files.writeString(NewFile.partial(temporary.resolve("recipe.yaml")), "half");
    Files.writeString(temporary.resolve(".lock"), "1");
    try (RunDirectory directory = RunDirectory.create(temporary)) {
      directory.write(RunRecords.domainShift());
    }
    assertTrue(Files.exists(temporary.resolve("record.json")));
  }

  @Test
  void aFailedRunTakesAwayWhatItMadeAndNothingElse() throws IOException {
    Path run = temporary.resolve("run");
    try (RunDirectory directory = RunDirectory.create(run)) {
      directory.writeRecipe("domain-shift", 42, Map.of());
      Files.writeString(run.resolve("thesis.tex"), "years of work");
    }
    assertEquals(List.of("thesis.tex"), names(run));
  }

  @Test
  void conditionsReadBackAndDamagedOnesAreRefused() throws IOException {
    RunConditions conditions =
        new RunConditions(
            1, "0.1", "abc", Instant.EPOCH, 2, "cpu", "/data", Map.of("base.checkpoint", "12ab"));
    try (RunDirectory directory = RunDirectory.create(temporary)) {
      directory.write(conditions);
      assertEquals(conditions, directory.conditions().orElseThrow());
      assertEquals(conditions.identity(), directory.conditions().orElseThrow().identity());
      for (String damaged :
          List.of(
              "",
              "{}",
              "null",
              "[1]",
              "{\"format\": 2}",
              conditions.toJson().replace("2", "null"))) {
        Files.writeString(temporary.resolve("conditions.json"), damaged);
        InvalidInputException e = refused(directory::conditions);
        assertTrue(e.getMessage().contains("conditions.json"), e.getMessage());
      }
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsRefusedInOneLine() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    InvalidInputException itself = refused(() -> RunDirectory.create(file));
    assertTrue(itself.getMessage().contains(file + " is a file"), itself.getMessage());
    Path below = file.resolve("runs").resolve("run");
    InvalidInputException under = refused(() -> RunDirectory.create(below));
    assertTrue(under.getMessage().contains(below + " cannot be written"), under.getMessage());
    assertEquals(List.of("file"), names(temporary));
  }

  @Test
  void aTakenDefaultNameIsNumbered() {
    Instant started = Instant.parse("2026-11-20T09:30:00Z");
    assertEquals(
        Path.of("runs", "domain-shift-20261120T093000Z"),
        RunDirectory.defaultPath("domain-shift", started));
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    assertMessage(
        "{\"format\": 99}", "has format 99, and this version of Collapsar reads formats 1 to 2");
  }

  @Test
  void aDamagedRecordIsRefusedWithItsPlace() throws IOException {
    assertMessage("{\n  \"format\": 1,\n  \"recipe\" \"x\"\n}", "line 3, column 12");
    assertMessage("{\"format\": 1, \"recipe\": \"x\"}", "title");
    assertMessage("[1, 2]", "it has no format number");
    assertMessage("", "it has no format number");
    String whole = json(RunRecords.domainShift());
    assertMessage(whole.replaceFirst("\"started\" : \"[^\"]*\"", "\"started\" : \"soon\""), "soon");
    assertMessage(whole.replaceFirst("\"started\" : \"[^\"]*\"", "\"started\" : null"), "started");
    assertMessage(whole.replaceFirst("\"variants\" : \\[", "\"variants\" : [ null,"), "variants");
    assertMessage(whole.replaceFirst("\"notes\" : \\[", "\"notes\" : [ null,"), "notes");
    assertMessage(whole.replaceFirst("\"variant\" : \"[^\"]*\"", "\"variant\" : null"), "variant");
    assertMessage(whole.replaceFirst("\"epoch\" : 1,", "\"epoch\" : 1.5,"), "epoch");
    assertMessage("null", "it has no format number");
  }

  @Test
  void exhibitsReadBackAsTheyWereWritten() {
    RunRecord record = RecipeRecords.loraRanks("");
    Path run = temporary.resolve("run");
    try (RunDirectory made = RunDirectory.create(run)) {
      made.write(record);
    }
    assertEquals(record.exhibits(), RunDirectory.open(run).record().exhibits());
  }

  @Test
  void curvesFromBeforeThereWereBandsHaveNone() throws IOException {
    String json = json(DigitNineRecords.digitNine());
    String old = json.replaceAll(",\\s*\"bands\" : \\[ \\]", "");
    assertTrue(old.length() < json.length(), "the record has no empty bands");
    Files.writeString(temporary.resolve("record.json"), old);
    assertEquals(json, json(RunDirectory.open(temporary).record()));
  }

  @Test
  void anAbsentRecordIsNamed() {
    InvalidInputException e = refused(() -> RunDirectory.open(temporary).record());
    assertTrue(e.getMessage().startsWith(temporary.resolve("record.json") + " does not exist"));
  }

  @Test
  void aRecipeNestsDottedKeysAndReadsBack() throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("data", "mnist");
    settings.put("data.folder", "no");
    settings.put("lora.rank", List.of(2, 4));
    settings.put("lora.alpha", 16.0);
    settings.put("lora.note", "1e3: # 'quoted'");
    settings.put("lora.off", null);
    try (RunDirectory directory = RunDirectory.create(temporary)) {
      directory.writeRecipe("domain-shift", 42, settings);
      Path file = temporary.resolve("recipe.yaml");
      Map<?, ?> read = new ObjectMapper(new YAMLFactory()).readValue(file.toFile(), Map.class);
      Map<String, Object> lora = new LinkedHashMap<>();
      lora.put("rank", List.of(2, 4));
      lora.put("alpha", 16.0);
      lora.put("note", "1e3: # 'quoted'");
      lora.put("off", null);
      assertEquals(
          Map.of(
              "recipe",
              "domain-shift",
              "seed",
              42,
              "data",
              "mnist",
              "data.folder",
              "no",
              "lora",
              lora),
          read);
      assertTrue(Files.readString(file).contains("collapsar run recipe.yaml"));
    }
  }

  @Test
  void aFileWhoseWritingFailsKeepsWhatItHeld() throws IOException {
    Path file = Files.writeString(temporary.resolve("kept"), "old");
    refused(
        () ->
            NewFile.write(
                file,
                out -> {
                  out.write(new byte[1 << 20]);
                  throw new IOException("disk full");
                }));
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("kept"), names(temporary));
  }

  private void assertMessage(String json, String part) throws IOException {
    Files.writeString(temporary.resolve("record.json"), json);
    InvalidInputException e = refused(() -> RunDirectory.open(temporary).record());
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertTrue(e.getMessage().contains("record.json"), e.getMessage());
  }

  private static InvalidInputException refused(Runnable action) {
    InvalidInputException e = assertThrows(InvalidInputException.class, action::run);
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    return e;
  }

  private static String json(RunRecord record) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RecordJson.write(record, out);
    return out.toString();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}

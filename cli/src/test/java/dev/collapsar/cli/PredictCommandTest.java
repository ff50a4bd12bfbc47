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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run has learned, asked of images. */
class PredictCommandTest {
  @TempDir private static Path folder;
  private static Path images;
  private static Path run;

  @BeforeAll
  static void learn() throws IOException {
    images = SmallImages.write(folder.resolve("images"));
    run = folder.resolve("run");
    Session session =
        Session.of(
            "run",
            "fine-tune",
            "--set",
            "data=" + images,
            "--set",
            "epochs=2",
            "--out",
            run.toString());
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
  }

  private static Session predict(String... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = "predict";
    all[1] = run.toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return Session.of(all);
  }

  @Test
  void onTheRunsTestFolderTheAccuracyIsTheRecordsToTheDigit() throws IOException {
    Session session = predict(images.resolve("test").toString(), "--format", "json");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    JsonNode said = new ObjectMapper().readTree(session.out());
    JsonNode record = new ObjectMapper().readTree(run.resolve("record.json").toFile());
    double bestValidation = -1;
    double recorded = -1;
    for (int epoch = 1; epoch <= 2; epoch++) {
      double validation = number(record, epoch, "accuracy_validation");
      if (validation > bestValidation) { // the earlier of two alike is kept
        bestValidation = validation;
        recorded = number(record, epoch, "accuracy_test");
      }
    }
    assertEquals(recorded, said.get("accuracy").asDouble());
    assertEquals(8, said.get("images").size());
    JsonNode image = said.get("images").get(0);
    assertTrue(image.get("mahalanobis").isNumber(), image.toString());
    assertTrue(image.get("nearest_class_mean").isTextual(), image.toString());
    assertEquals("a/20.png", image.get("file").asText());
  }

  private static double number(JsonNode record, int epoch, String metric) {
    for (JsonNode row : record.get("measurements")) {
      if (row.get("epoch").asInt() == epoch && row.get("metric").asText().equals(metric)) {
        return row.get("value").asDouble();
      }
    }
    throw new AssertionError(metric);
  }

  @Test
  void oneImageIsALineOfTheTable() {
    Session session = predict(images.resolve("test/b/21.png").toString());
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertEquals(2, session.out().lines().count(), session.out());
    assertTrue(session.out().contains("21.png"), session.out());
  }

  @Test
  void aReferenceOfOtherClassesIsRefused() throws IOException {
    Path other = folder.resolve("other");
    for (String type : new String[] {"x", "y"}) {
      Path place = Files.createDirectories(other.resolve(type));
      Files.copy(images.resolve("test/a/20.png"), place.resolve("0.png"));
    }
    Session session = predict(images.resolve("test").toString(), "--reference", other.toString());
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
    assertTrue(session.err().contains("called like the network's classes: a, b"), session.err());
  }

  @Test
  void anAdapterOfAnotherBaseIsSaidToBe() {
    String base = run.resolve("networks/scratch.safetensors").toString();
    Path adapted = folder.resolve("adapted");
    Session learned =
        Session.of(
            "run",
            "fine-tune",
            "--set",
            "data=" + images,
            "--set",
            "base.checkpoint=" + base,
            "--set",
            "variants=head,lora",
            "--set",
            "epochs=1",
            "--set",
            "null.draws=0",
            "--out",
            adapted.toString());
    assertEquals(ExitCodes.DONE, learned.exitCode(), learned.err());
    String test = images.resolve("test").toString();
    String adapter = adapted.resolve("adapters/lora-r8").toString();
    String own = adapted.resolve("networks/base.safetensors").toString();
    String head = adapted.resolve("networks/head.safetensors").toString();
    assertFalse(
        Session.of("predict", own, test, "--adapter", adapter).err().contains("another file"));
    Session session = Session.of("predict", head, test, "--adapter", adapter);
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.err().contains("was trained on another file than " + head), session.err());
  }

  @Test
  void imagesOfSeveralPlacesAreToldApart() {
    String test = images.resolve("test").toString();
    String train = images.resolve("train").toString();
    Session session = predict(test, train, "--format", "csv");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.out().contains(test + "/a/20.png,"), session.out());
    assertTrue(session.out().contains(train + "/a/0.png,"), session.out());
  }

  @Test
  void aFileThatIsNoImageIsNamedAndTheOthersArePredicted() throws IOException {
    Path mixed = Files.createDirectories(folder.resolve("mixed"));
    Files.copy(images.resolve("test/a/20.png"), mixed.resolve("good.png"));
    Files.writeString(mixed.resolve("bad.png"), "no image");
    Session session = predict(mixed.toString(), "--format", "csv");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.err().contains("bad.png: is no JPEG"), session.err());
    assertEquals(2, session.out().lines().count(), session.out());

    Session alone = predict(mixed.resolve("bad.png").toString());
    assertEquals(ExitCodes.YOUR_INPUT, alone.exitCode());
    assertTrue(
        alone.err().endsWith("bad.png: cannot be read: is no JPEG, PNG, WebP or BMP\n"),
        alone.err());
    Session nothing = predict(folder.resolve("nowhere.png").toString());
    assertEquals(ExitCodes.YOUR_INPUT, nothing.exitCode());
    assertEquals(1, nothing.err().lines().count(), nothing.err());
  }

  @Test
  void aRunsNetworkIsWrittenAsScriptThatPredictsAlike() throws IOException {
    String script = folder.resolve("best.pt").toString();
    assertEquals(
        ExitCodes.DONE, Session.of("network", "export", run.toString(), script).exitCode());
    String test = images.resolve("test").toString();
    Session session = Session.of("predict", script, test, "--format", "json");
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertTrue(session.err().contains("--reference"), session.err());
    ObjectMapper json = new ObjectMapper();
    assertEquals(
        json.readTree(predict(test, "--format", "json").out()).get("accuracy"),
        json.readTree(session.out()).get("accuracy"));

    Session info = Session.of("network", "info", run.toString());
    assertEquals(ExitCodes.DONE, info.exitCode(), info.err());
    assertTrue(info.out().contains("classes a, b"), info.out());
    Session features =
        Session.of(
            "features",
            "--network",
            run.toString(),
            "--data",
            images.toString(),
            "--part",
            "test",
            "--out",
            folder.resolve("f.npz").toString());
    assertEquals(ExitCodes.DONE, features.exitCode(), features.err());
  }
}

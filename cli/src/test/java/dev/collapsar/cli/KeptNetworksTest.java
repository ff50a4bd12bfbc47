package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.command.ExitCodes;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.learn.network.NetworkCard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks and adapters that runs keep, opened again by everything that opens one. */
class KeptNetworksTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TEST_IMAGES = 90;

  @TempDir private static Path folder;
  private static Path images;
  private static Path collapse;
  private static Path shift;

  @BeforeAll
  static void runs() throws IOException {
    images = Files.createDirectory(folder.resolve("images"));
    write("train", 200);
    write("t10k", TEST_IMAGES);
    collapse =
        run(
            "collapse",
            "network.width=4",
            "ood=none",
            "epochs=3",
            "batch=10",
            "learning-rate=0.02");
    shift =
        run(
            "domain-shift",
            "base.checkpoint=" + network(collapse, "base"),
            "target.epochs=1",
            "lora.rank=2");
  }

  private static Path run(String recipe, String... settings) {
    Path out = folder.resolve(recipe);
    Stream<String> fixed =
        Stream.of("run", recipe, "--quick", "--data-dir", images.toString(), "--out");
    String[] arguments =
        Stream.of(
                fixed,
                Stream.of(out.toString(), "--threads", "1"),
                Arrays.stream(settings).flatMap(setting -> Stream.of("--set", setting)))
            .flatMap(words -> words)
            .toArray(String[]::new);
    Session session = Session.of(arguments);
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    return out;
  }

  private static Path network(Path run, String variant) {
    return run.resolve("networks/" + variant + ".safetensors");
  }

  @Test
  void aNetworkOfOneRecipeHasTheSameTestAccuracyInAnother() throws IOException {
    double trained = accuracy(collapse, 3);
    assertTrue(trained > 0.2, "nothing was learnt: " + trained);
    assertEquals(trained, accuracy(shift, 0));
    List<String> notes = notes(shift);
    assertTrue(
        notes.stream()
            .anyMatch(
                note ->
                    note.contains("name=resnet18, channels=1, width=4, growth=2")
                        && note.contains("as its card says; pixels enter by mean")),
        notes.toString());
  }

  @Test
  void whatMeasuresTheNetworkFindsTheSameTestAccuracy() throws IOException {
    for (Path file : List.of(network(collapse, "base"), network(shift, "base"))) {
      JsonNode said = measured(file).get("network");
      assertEquals(accuracy(collapse, 3), said.get("accuracy_test").asDouble());
      assertEquals(accuracy(collapse, 3), said.get("accuracy_recorded").asDouble());
      assertEquals(0, said.get("assumed").size() + said.get("warnings").size(), said.toString());
    }
  }

  @Test
  void imagesThatANetworkDidNotAllLearnFromAreASample() throws IOException {
    Path own = network(collapse, "base");
    JsonNode all = measured(own);
    assertEquals(
        "all 200 that it learned from, as its card says",
        all.get("network").get("images").asText());
    assertTrue(all.get("metrics").get("nc1_quot_corrected").get("value").isNull());
    Path fewer = folder.resolve("fewer.safetensors");
    SafeTensors.write(
        fewer,
        SafeTensors.read(own).tensors(),
        Map.of(NetworkCard.KEY, card(own).withTrainingCounts(Map.of("train", 50L)).toJson()));
    JsonNode some = measured(fewer);
    assertTrue(
        some.get("network").get("images").asText().startsWith("a sample: its card says"),
        some.get("network").toString());
    assertFalse(
        some.get("metrics").get("sampling_noise_share").get("value").isNull(), some.toString());
  }

  @Test
  void withoutItsCardItSaysWhatWasAssumedAndWarnsOfAnAccuracyOfChance() throws IOException {
    Path bare = folder.resolve("bare.safetensors");
    SafeTensors.write(
        bare, SafeTensors.read(network(collapse, "base")).tensors(), Map.of("format", "pt"));
    JsonNode normalized = measured(bare).get("network");
    assertEquals(accuracy(collapse, 3), normalized.get("accuracy_test").asDouble());
    assertTrue(normalized.get("assumed").toString().contains("pooling"), normalized.toString());
    assertTrue(normalized.get("pixels").asText().contains("assumed"), normalized.toString());
    Session table = measure(bare, "--format", "table");
    assertTrue(table.out().contains("assumed            no pooling follows"), table.out());
    assertTrue(table.out().contains("accuracy_test "), table.out());
  }

  @Test
  void theCardSaysPixelsClassesTrainingAndAccuracy() throws IOException {
    NetworkCard card = card(network(shift, "full"));
    assertEquals("domain-shift", card.training().orElseThrow().recipe());
    assertTrue(
        card.training().orElseThrow().sha256().containsKey("target-train/train-images-idx3-ubyte"),
        card.training().toString());
    assertEquals(card(network(collapse, "base")).input(), card.input());
    assertEquals(10, card.classes().size());
    assertEquals("collapse", card(network(shift, "base")).training().orElseThrow().recipe());
    assertTrue(Files.exists(network(shift, "head")));
  }

  private static NetworkCard card(Path file) {
    return NetworkCard.parse(SafeTensors.read(file).metadata().get(NetworkCard.KEY), "card");
  }

  @Test
  void anAdapterFindsItsBaseAndRefusesAnother() throws IOException {
    Path adapter = shift.resolve("adapters/lora-r2");
    JsonNode config = JSON.readTree(adapter.resolve("adapter_config.json").toFile());
    assertEquals("../../networks/base.safetensors", config.get("base_model_name_or_path").asText());
    Path merged = folder.resolve("merged.safetensors");
    Session session = merge(adapter, merged);
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    assertEquals(card(network(shift, "base")).architecture(), card(merged).architecture());
    assertTrue(card(merged).testAccuracy().isEmpty());
    Path moved = Files.createDirectories(folder.resolve("moved/adapters")).resolve("lora-r2");
    Files.createDirectory(moved);
    for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(adapter.resolve(name), moved.resolve(name));
    }
    assertRefused(merge(moved, folder.resolve("no.safetensors")), "is not there");
    Path base = folder.resolve("moved/networks/base.safetensors");
    Files.createDirectory(base.getParent());
    Files.copy(network(shift, "full"), base);
    assertRefused(merge(moved, folder.resolve("no.safetensors")), "has changed: sha256 ");
    assertTrue(Files.notExists(folder.resolve("no.safetensors")));
  }

  @Test
  void aCombinationElsewherePointsAtTheSameBase() {
    Path adapter = shift.resolve("adapters/lora-r2");
    Path twice = folder.resolve("deep/er/twice");
    Session combined =
        Session.of(
            "adapter", "merge", adapter.toString(), "--weights", "2", "--out", twice.toString());
    assertEquals(ExitCodes.DONE, combined.exitCode(), combined.err());
    Session session = merge(twice, folder.resolve("twice.safetensors"));
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
  }

  private static Session merge(Path adapter, Path out) {
    return Session.of("adapter", "merge", adapter.toString(), "--out", out.toString());
  }

  private static void assertRefused(Session session, String problem) {
    assertEquals(ExitCodes.YOUR_INPUT, session.exitCode());
    assertEquals(1, session.err().lines().count(), session.err());
    assertTrue(session.err().contains(problem), session.err());
  }

  private static JsonNode measured(Path file) throws IOException {
    return JSON.readTree(measure(file, "--format", "json").out());
  }

  private static Session measure(Path file, String... more) {
    Stream<String> fixed =
        Stream.of(
            "measure",
            "--network",
            file.toString(),
            "--data",
            "mnist",
            "--data-dir",
            images.toString());
    Session session = Session.of(Stream.concat(fixed, Arrays.stream(more)).toArray(String[]::new));
    assertEquals(ExitCodes.DONE, session.exitCode(), session.err());
    return session;
  }

  private static double accuracy(Path run, int epoch) throws IOException {
    for (JsonNode row : JSON.readTree(run.resolve("record.json").toFile()).get("measurements")) {
      if (row.get("variant").asText().equals("base")
          && row.get("epoch").asInt() == epoch
          && row.get("metric").asText().equals("accuracy_test")) {
        return row.get("value").asDouble();
      }
    }
    throw new AssertionError(run + " has no accuracy of epoch " + epoch);
  }

  private static List<String> notes(Path run) throws IOException {
    JsonNode notes = JSON.readTree(run.resolve("record.json").toFile()).get("notes");
    return Stream.iterate(0, i -> i < notes.size(), i -> i + 1)
        .map(i -> notes.get(i).asText())
        .toList();
  }

  /** Noise with a bright bar whose place is the class's, of 8x8 pixels. */
  private static void write(String split, int count) throws IOException {
    Random random = new Random(count);
    ByteBuffer pixels = ByteBuffer.allocate(16 + count * 64);
    pixels.putInt(0x803).putInt(count).putInt(8).putInt(8);
    ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
    for (int i = 0; i < count; i++) {
      int label = i % 10;
      labels.put((byte) label);
      for (int p = 0; p < 64; p++) {
        boolean bar = p / 6 == label;
        pixels.put((byte) (random.nextInt(120) + (bar ? 120 : 0)));
      }
    }
    Files.write(images.resolve(split + "-images-idx3-ubyte"), pixels.array());
    Files.write(images.resolve(split + "-labels-idx1-ubyte"), labels.array());
  }
}

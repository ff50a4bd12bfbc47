package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.learn.variant.StartingNetwork;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartingNetworkTest {
  @TempDir Path directory;

  @Test
  void aCheckpointTakesThePlaceOfTrainingTheBase() {
    RunRecord record =
        run(Map.of("base.checkpoint", Golden.path("pytorch/small-cnn.pth").toString()));
    assertEquals(
        List.of(0),
        record.epochs().stream()
            .filter(e -> e.variant().equals("base"))
            .map(RunRecord.Epoch::epoch)
            .toList());
    assertTrue(
        record.notes().stream().anyMatch(note -> note.contains("small-cnn.pth")),
        record.notes().toString());
  }

  @Test
  void anyRecipeTakesAResidualNetwork() {
    RunRecord record = run(Map.of("network", "resnet18", "network.width", "4"));
    assertEquals(RunRecord.Status.COMPLETE, record.status());
    assertTrue(
        record.variants().stream()
            .filter(v -> v.name().equals("head"))
            .allMatch(v -> v.trainableTensors().equals(List.of("fc.weight", "fc.bias"))));
  }

  @Test
  void aCheckpointOfAnotherNetworkIsRefusedByNameAndLeavesNothing() {
    String file = Golden.path("pytorch/resnet18-w16.pth").toString();
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> run(Map.of("base.checkpoint", file)));
    assertTrue(
        refused.getMessage().startsWith("base.checkpoint=" + file + ": does not fit the network"),
        refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
    assertTrue(Files.notExists(directory.resolve("run")));
  }

  @Test
  void classesOfOtherNamesAreSaidAndTheSameInAnotherOrderRefused() {
    NetworkCard card =
        NetworkFile.card(
            Map.of("name", "small-cnn", "channels", 1, "size", 12),
            InputSpec.Image.unit(1, 12, 12),
            List.of("dog", "cat"));
    assertEquals(Optional.empty(), StartingNetwork.otherNames(card, List.of("dog", "cat"), "n"));
    NetworkCard unnamed = card.withClasses(List.of("0", "1"));
    assertEquals(Optional.empty(), StartingNetwork.otherNames(unnamed, List.of("a", "b"), "n"));
    assertEquals(
        Optional.of(
            "n: the network's classes are called dog, cat, the images' a, b; they are taken for"
                + " each other by their numbers."),
        StartingNetwork.otherNames(card, List.of("a", "b"), "n"));
    assertEquals(
        "n: the network's classes are in another order than the images': dog, cat, the images'"
            + " cat, dog",
        assertThrows(
                InvalidInputException.class,
                () -> StartingNetwork.otherNames(card, List.of("cat", "dog"), "n"))
            .getMessage());
  }

  private RunRecord run(Map<String, String> choices) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    Map<String, String> small =
        Map.of(
            "base.samples", "60",
            "base.epochs", "1",
            "adapt.samples", "40",
            "adapt.epochs", "1",
            "test.samples", "40",
            "lora.rank", "2");
    small.forEach((key, value) -> chosen.put(key, new SettingText(value, "test")));
    choices.forEach((key, value) -> chosen.put(key, new SettingText(value, "test")));
    RunOptions options = new RunOptions(chosen, directory.resolve("run"), null, 1, 1, "cpu", false);
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return RunEngine.prepare(Recipes.named("domain-shift"), options, new Watching(() -> {}), clock)
        .run();
  }
}

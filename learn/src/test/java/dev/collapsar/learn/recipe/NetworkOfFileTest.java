package dev.collapsar.learn.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.dataset.ClassImages;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --set network=FILE.pt}: a network that brings its own code, in recipes. */
class NetworkOfFileTest {
  private static final String SMALL_CNN = script("built-in/small-cnn.pt");
  private static final String RESNET = script("built-in/resnet18-cifar-scripted.pt");
  private static final String TINY_VIT = script("vit/model.pt");

  @TempDir Path directory;

  private static String script(String name) {
    return Golden.path("torchscript/" + name).toString();
  }

  @Test
  void itIsTheSameBaseAsOurOwnLayersWithItsWeights() {
    RunRecord own =
        runIn("own", "domain-shift", "base.checkpoint=" + Golden.path("pytorch/small-cnn.pth"));
    RunRecord file = run("domain-shift", "network=" + SMALL_CNN, "data.pixels=unit");
    for (String id : List.of("accuracy_test", "accuracy_shifted", "nc1_cdnv")) {
      // Twice the rounding of single precision, over the depth of four layers.
      assertEquals(first(own, id), first(file, id), 1e-5 * Math.abs(first(own, id)), id);
    }
    assertTrue(
        file.notes().stream().anyMatch(note -> note.contains("taken as it comes")),
        file.notes().toString());
  }

  private static double first(RunRecord record, String id) {
    return record.measurements().stream()
        .filter(row -> row.variant().equals("base") && row.epoch() == 0)
        .filter(row -> row.metric().equals(id))
        .findFirst()
        .orElseThrow()
        .value();
  }

  @Test
  void itsHeadIsRenewedForOtherClassesAndEveryCardSaysWhatEnters() throws Exception {
    Path images = ClassImages.coloured(directory.resolve("images"), 32, "ape", "bee", "cow");
    RunRecord record =
        run("domain-shift", "network=" + TINY_VIT, "data=" + images, "data.pixels=0.5/0.25");
    String notes = record.notes().toString();
    assertTrue(notes.contains("heads.head had 6 classes; a new one for 3"), notes);
    assertEquals(
        List.of("heads.head.weight", "heads.head.bias"),
        record.variants().stream()
            .filter(variant -> variant.name().equals("base"))
            .findFirst()
            .orElseThrow()
            .trainableTensors());
    for (String variant : List.of("base", "full", "head")) {
      Path file = directory.resolve("run/networks/" + variant + ".safetensors");
      try (OpenedNetwork opened = NetworkFile.open(file)) {
        assertEquals(List.of("ape", "bee", "cow"), opened.network().card().classes());
        assertEquals(
            new InputSpec.Image(3, 32, 32, List.of(0.5, 0.5, 0.5), List.of(0.25, 0.25, 0.25)),
            opened.network().card().input().orElseThrow());
        assertTrue(opened.network().takes(List.of(3L, 32L, 32L)));
      }
    }
  }

  @Test
  void aPlainStateDictGoesIntoItByName() {
    RunRecord record =
        run(
            "lora-ranks",
            "network=" + RESNET,
            "base.checkpoint=" + Golden.path("pytorch/resnet18-w16.pth"),
            "variants=head,lora",
            "data=" + ClassImages.coloured(directory.resolve("images"), 32, tenNames()),
            "data.pixels=unit",
            "samples=30",
            "lora.rank=1");
    // Of resnet18-w16: 16 channels at first, 128 values in the representation.
    assertEquals(
        128 * 10 + 10,
        record.variants().stream()
            .filter(variant -> variant.name().equals("head"))
            .findFirst()
            .orElseThrow()
            .trainable());
    assertTrue(record.notes().toString().contains("What is frozen before fc was evaluated once"));
  }

  private static String[] tenNames() {
    return "a b c d e f g h i j".split(" ");
  }

  @Test
  void allOfItIsTrainedAsTheBaseOnRequest() {
    RunRecord record =
        run("domain-shift", "network=" + SMALL_CNN, "data.pixels=unit", "network.train=true");
    assertEquals(
        List.of(0, 1),
        record.epochs().stream()
            .filter(epoch -> epoch.variant().equals("base"))
            .map(RunRecord.Epoch::epoch)
            .toList());
  }

  @Test
  void collapseStartsFromItsWeightsAndSaysSo() {
    RunRecord record =
        run(
            "collapse",
            "network=" + SMALL_CNN,
            "data.pixels=normalized",
            "samples=40",
            "ood=none",
            "epochs=1");
    assertTrue(
        record.notes().toString().contains("Training starts from the weights in " + SMALL_CNN));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
domain-shift  | built-in/small-cnn.pt             |                                          | data.pixels must, one of normalized
domain-shift  | built-in/small-cnn.pt             | data.pixels=imagenet                     | data.pixels=imagenet: is for 3 channels, the images have 1
domain-shift  | built-in/resnet18-cifar.pt        | data.pixels=unit                         | takes samples of shape [3, 32, 32], the images are of shape [1, 28, 28]
domain-shift  | built-in/small-cnn.pt             | data.pixels=unit lora.dropout=0.1        | lora_dropout above 0
domain-shift  | built-in/small-cnn.pt             | data.pixels=unit network.head=features.0 | network.head=features.0 names no Linear layer of it; its Linear layers are classifier.1, classifier.3
feedback-null | built-in/small-cnn.pt             | data.pixels=unit                         | hidden states
collapse      | refused/no-linear.pt              | data.pixels=unit                         | it has no Linear layer
collapse      | refused/half.pt                   | data.pixels=unit                         | its code computes nothing of images of shape
digit-nine    | refused/writes-files-at-load.pt   | data.pixels=unit                         | a model file is code
domain-shift  | refused/state_dict.pt             | data.pixels=unit                         | torch.jit.trace
domain-shift  | refused/two-inputs.pt             | data.pixels=unit                         | takes 2 inputs
""")
  void whatItCannotDoIsRefusedInOneLineBeforeAnythingIsTrained(
      String recipe, String file, String settings, String reason) {
    String[] chosen =
        Stream.concat(
                Stream.of("network=" + script(file)),
                settings == null ? Stream.empty() : Stream.of(settings.split(" +")))
            .toArray(String[]::new);
    InvalidInputException refused =
        assertThrows(InvalidInputException.class, () -> run(recipe, chosen));
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
    assertTrue(Files.notExists(directory.resolve("run")));
  }

  private RunRecord run(String recipe, String... settings) {
    return runIn("run", recipe, settings);
  }

  private RunRecord runIn(String run, String recipe, String... settings) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    List<String> known =
        Recipes.named(recipe).settings().stream().map(setting -> setting.key()).toList();
    Map<String, String> small =
        Map.of(
            "base.samples", "60",
            "base.epochs", "1",
            "adapt.samples", "40",
            "adapt.epochs", "1",
            "adapt.steps", "10",
            "test.samples", "40",
            "lora.rank", "2");
    small.forEach(
        (key, value) -> {
          if (known.contains(key)) {
            chosen.put(key, new SettingText(value, "test"));
          }
        });
    Arrays.stream(settings)
        .map(setting -> setting.split("=", 2))
        .forEach(pair -> chosen.put(pair[0], new SettingText(pair[1], "test")));
    RunOptions options = new RunOptions(chosen, directory.resolve(run), null, 1, 1, "cpu", false);
    RunClock clock = new RunClock(() -> Instant.parse("2026-01-02T03:04:05Z"), () -> 0);
    return RunEngine.prepare(Recipes.named(recipe), options, new Watching(() -> {}), clock).run();
  }
}

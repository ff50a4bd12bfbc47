package dev.collapsar.learn.recipe.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.model.OpenedNetwork;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.NetworkCard;
import dev.collapsar.learn.run.RunEngine;
import dev.collapsar.learn.run.RunOptions;
import dev.collapsar.learn.run.Watching;
import dev.collapsar.learn.settings.SettingText;
import dev.collapsar.random.Seed;
import dev.collapsar.run.MetricHistory;
import dev.collapsar.run.MetricSeries;
import dev.collapsar.run.RunClock;
import dev.collapsar.run.RunRecord;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuneTest {
  @TempDir private Path folder;

  /** Dark, bright and striped images of several sizes in flat folders: soon told apart. */
  private Path photos() throws IOException {
    Path photos = folder.resolve("photos");
    for (String type : List.of("bright", "dark", "striped")) {
      Files.createDirectories(photos.resolve(type));
      for (int i = 0; i < 14; i++) {
        BufferedImage image = new BufferedImage(12 + i, 20 - i % 3, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setColor(type.equals("dark") ? new Color(i, 2 * i, 30) : new Color(220 + i, 240, 230));
        pen.fillRect(0, 0, 40, 40);
        pen.setColor(Color.BLACK);
        for (int x = i % 4; x < 40 && type.equals("striped"); x += 4) {
          pen.fillRect(x, 0, 2, 40);
        }
        ImageIO.write(image, "png", photos.resolve(type).resolve(i + ".png").toFile());
      }
    }
    return photos;
  }

  private RunRecord run(String name, Map<String, String> settings) {
    Map<String, SettingText> chosen = new LinkedHashMap<>();
    settings.forEach((key, value) -> chosen.put(key, new SettingText(value, "--set")));
    RunOptions options = new RunOptions(chosen, folder.resolve(name), null, 5, 1, "cpu", false);
    return RunEngine.prepare(new FineTune(), options, new Watching(() -> {}), RunClock.system())
        .run();
  }

  private static NetworkCard card(Path network) {
    try (OpenedNetwork opened = NetworkFile.open(network)) {
      return opened.network().card();
    }
  }

  private static Map<String, String> with(Path data, String... more) {
    Map<String, String> settings =
        new LinkedHashMap<>(Map.of("data", data.toString(), "data.size", "12", "batch", "8"));
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return settings;
  }

  @Test
  void withoutATrainedNetworkASmallOneLearnsTheBestEpochIsKeptAndItsCardSaysHowImagesWerePrepared()
      throws IOException {
    RunRecord record =
        run("scratch", with(photos(), "epochs", "4", "augment", "flip,crop,rotation,colour"));
    MetricHistory history = MetricHistory.of(record.measurements()).variant("scratch");
    MetricSeries validation = history.series("accuracy_validation", "");
    assertEquals(5, validation.rows().size());
    int best = 1;
    for (int epoch = 2; epoch <= 4; epoch++) {
      boolean better = validation.at(epoch).getAsDouble() > validation.at(best).getAsDouble();
      best = better ? epoch : best;
    }
    String kept = "scratch: epoch %s is kept, the best by accuracy_validation".formatted(best);
    assertTrue(
        record.notes().stream().anyMatch(n -> n.startsWith(kept) && n.contains("the last was 4")),
        record.notes().toString());
    NetworkCard card = card(folder.resolve("scratch/networks/scratch.safetensors"));
    assertEquals(history.at("accuracy_test", best), card.testAccuracy());
    InputSpec.Image input = (InputSpec.Image) card.input().orElseThrow();
    assertEquals(12, input.preparation().orElseThrow().shortSide());
    assertEquals(List.of("bright", "dark", "striped"), card.classes());
    List<String> splits = Files.readAllLines(folder.resolve("scratch/splits.csv"));
    assertEquals("file,label,split", splits.get(0));
    assertEquals(
        Map.of("train", 30L, "validation", 6L, "test", 6L),
        splits.stream()
            .skip(1)
            .collect(
                Collectors.groupingBy(
                    line -> line.substring(line.lastIndexOf(',') + 1), Collectors.counting())));
    assertTrue(record.exhibits().stream().anyMatch(e -> e.title().equals("Accuracy by class")));
  }

  /** A base of other classes, in grey. */
  private Path base() {
    NetworkCard card =
        NetworkFile.card(
            Map.of("name", "small-cnn", "channels", 1, "size", 12),
            InputSpec.Image.unit(1, 12, 12),
            List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
    Path file = folder.resolve("base.safetensors");
    try (var network = NetworkFile.initialized(card, new Seed(1))) {
      NetworkFile.write(file, network);
    }
    return file;
  }

  @Test
  void aTrainedNetworkOfOtherClassesIsAdaptedEachWayAndWhatItForgetsIsSaid() throws IOException {
    Map<String, String> settings =
        with(
            photos(),
            "base.checkpoint",
            base().toString(),
            "base.test",
            "mnist",
            "epochs",
            "2",
            "balance",
            "weights",
            "warm-up",
            "1",
            "lora.rank",
            "2,3",
            "lora.targets",
            "features.3,classifier.1");
    settings.remove("data.size"); // the card says
    RunRecord record = run("adapted", settings);
    assertEquals(
        List.of("base", "full", "head", "lora-r2", "lora-r3"),
        record.variants().stream().map(RunRecord.Variant::name).toList());
    RunRecord.DataSet train =
        record.data().stream().filter(d -> d.role().equals("train")).findFirst().orElseThrow();
    assertEquals(List.of(1, 12, 12), train.shape());
    MetricHistory history = MetricHistory.of(record.measurements());
    double before = history.variant("base").first("accuracy_base").getAsDouble();
    assertEquals(before, history.variant("head").last("accuracy_base").getAsDouble());
    assertTrue(
        record
            .notes()
            .contains(
                "base.test=mnist: the network's classes are called a, b, c, d, e, ..., the images'"
                    + " 0, 1, 2, 3, 4, ...; they are taken for each other by their numbers."),
        record.notes().toString());
    assertTrue(history.variant("full").last("accuracy_base").isPresent());
    assertEquals(0, history.variant("base").last("accuracy_base_forgotten").getAsDouble());
    assertTrue(history.variant("full").last("accuracy_base_forgotten").isPresent());
    assertTrue(history.variant("base").last("nc1_quot_null_median").isPresent());
    assertTrue(history.variant("lora-r2").last("cka_before").isPresent());
    assertTrue(history.variant("lora-r2").last("intruders").isPresent());
    assertTrue(history.variant("head").last("accuracy_test_change").isPresent(), "from full");
    assertTrue(
        history.variant("full").series("accuracy_test_change", "").rows().isEmpty(),
        "the base's head has learned nothing that could be forgotten");
    assertTrue(history.variant("head").series("accuracy_test_forgotten", "").rows().isEmpty());
    String config =
        Files.readString(folder.resolve("adapted/adapters/lora-r2/adapter_config.json"));
    assertTrue(config.contains("modules_to_save"), config);
    assertEquals(3, card(folder.resolve("adapted/networks/head.safetensors")).classes().size());
  }

  @Test
  void aSeedOfAdaptationChangesWhatIsAdaptedAndNotWhatItBeginsAs() throws IOException {
    Map<String, String> settings =
        with(photos(), "base.checkpoint", base().toString(), "epochs", "1", "variants", "head");
    settings.remove("data.size");
    RunRecord usual = run("usual", settings);
    settings.put("adapt.seed", "5"); // the run's own
    assertEquals(usual.measurements(), run("same", settings).measurements());
    settings.put("adapt.seed", "9");
    MetricHistory other = MetricHistory.of(run("other", settings).measurements());
    MetricHistory history = MetricHistory.of(usual.measurements());
    assertEquals(history.variant("base").last("nc1_pinv"), other.variant("base").last("nc1_pinv"));
    assertNotEquals(
        history.variant("head").last("loss_train"), other.variant("head").last("loss_train"));
  }

  @Test
  void aTrainingEndsAfterSoManyEpochsWithoutABetterOne() throws IOException {
    RunRecord record =
        run("patient", with(photos(), "epochs", "30", "patience", "2", "learning-rate", "1e-9"));
    List<Integer> epochs = MetricHistory.of(record.measurements()).epochs();
    assertEquals(3, epochs.get(epochs.size() - 1), "nothing moves after the first");
    assertTrue(
        record.notes().stream().anyMatch(n -> n.contains("epoch 1 is kept") && n.contains("of 30")),
        record.notes().toString());
  }

  @Test
  void imagesThatABaseKnewAreRefusedWhereThereIsNoBase() throws IOException {
    Map<String, String> settings = with(photos(), "base.test", "mnist");
    String message =
        assertThrows(InvalidInputException.class, () -> run("scratch", settings)).getMessage();
    assertTrue(message.startsWith("base.test=mnist: a network from scratch knew"), message);
    assertFalse(Files.exists(folder.resolve("scratch")));
  }

  @Test
  void aSizeThatTheNetworkDoesNotTakeIsRefusedInOneLineAndNothingIsLeft() throws IOException {
    Map<String, String> settings =
        with(photos(), "network", "resnet18", "network.stem", "imagenet");
    settings.put("data.size", "3");
    settings.put("network", "small-cnn");
    String message =
        assertThrows(InvalidInputException.class, () -> run("small", settings)).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertFalse(Files.exists(folder.resolve("small")));
  }

  @Test
  void imagesOfNoSquareBecomeSquaresForANetworkThatTakesNoOthers() throws IOException {
    Path photos = photos();
    for (String type : List.of("bright", "dark", "striped")) {
      for (int i = 0; i < 14; i++) {
        BufferedImage image = new BufferedImage(20, 16, BufferedImage.TYPE_INT_RGB);
        image.setRGB(i, 2, type.equals("dark") ? 0x808080 : 0xffffff);
        ImageIO.write(image, "png", photos.resolve(type).resolve(i + ".png").toFile());
      }
    }
    Map<String, String> settings = with(photos, "epochs", "1", "ood", photos.toString());
    settings.remove("data.size");
    RunRecord record = run("squares", settings);
    assertEquals(List.of(3, 16, 16), record.data().get(0).shape());
    assertTrue(
        record.notes().stream()
            .anyMatch(n -> n.startsWith("ood=") && n.endsWith("16x16 cut from the centre")),
        record.notes().toString());
  }

  /** Else a network would meet the head again that it has learned with. */
  @Test
  void aNewHeadIsNotThatOfANetworkOfTheSameSeed() throws IOException {
    Path photos = photos();
    run("first", with(photos, "epochs", "1", "network", "small-cnn"));
    Path first = folder.resolve("first/networks/scratch.safetensors");
    run("again", with(photos, "epochs", "0", "base.checkpoint", first.toString()));
    NetworkCard card = card(first);
    try (OpenedNetwork base = NetworkFile.open(folder.resolve("again/networks/base.safetensors"));
        Network fresh = NetworkFile.initialized(card, new Seed(5))) {
      assertNotEquals(
          fresh.head().classifier().weights().get(0, 0),
          base.network().head().classifier().weights().get(0, 0));
    }
  }

  @Test
  void aSettingThatCannotCountIsNone() throws IOException {
    Map<String, String> settings = with(photos(), "network.train", "true");
    assertTrue(
        assertThrows(InvalidInputException.class, () -> run("trained", settings))
            .getMessage()
            .contains("network.train"));
  }
}

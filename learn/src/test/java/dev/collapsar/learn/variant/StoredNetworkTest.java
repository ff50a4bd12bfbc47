package dev.collapsar.learn.variant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.Golden;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.dataset.ClassImages;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.network.architecture.SmallCnn;
import dev.collapsar.learn.network.layer.LayerNetwork;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredNetworkTest {
  private static final InputSpec.Image INPUT =
      new InputSpec.Image(3, 8, 8, List.of(.5, .5, .5), List.of(.25, .25, .25));

  @TempDir private Path folder;

  /** What is said and what takes time, in its order. */
  private static final class Heard implements Progress {
    final List<String> tasks = new ArrayList<>();

    @Override
    public void say(String line) {}

    @Override
    public Bar bar(String task, long total) {
      tasks.add(task + " " + total);
      return new Bar() {
        @Override
        public void advance(long steps, String news) {}

        @Override
        public void close() {}
      };
    }
  }

  @Test
  void imagesAreDecodedAndTheTestImagesEvaluatedOnceForAllTaps() {
    Path data = ClassImages.coloured(folder.resolve("images"), 8, "red", "blue");
    Path file = folder.resolve("cnn.safetensors");
    try (Network network = LayerNetwork.initialized(new SmallCnn(3, 8, 2), new Seed(1))) {
      network.describe(network.card().withInput(INPUT).withClasses(List.of("blue", "red")));
      NetworkFile.write(file, network);
    }
    Heard heard = new Heard();
    List<Object> accuracies = new ArrayList<>();
    try (StoredNetwork stored = StoredNetwork.open(file, 1)) {
      List<String> taps = new ArrayList<>(List.of(StoredNetwork.REPRESENTATION));
      taps.addAll(stored.taps().keySet().stream().limit(2).toList());
      for (String tap : taps) {
        StoredNetwork.MeasureRequest request =
            new StoredNetwork.MeasureRequest(tap, data.toString(), null, Optional.empty(), 100, 42);
        accuracies.add(stored.plan(request, heard).about().get("accuracy_test"));
      }
    }
    assertEquals(
        List.of("decoding images 12", "test 4", "train 8", "train 8", "train 8"),
        heard.tasks.stream().map(task -> task.replaceFirst(".*[ /](?=t)", "")).toList());
    assertEquals(1, accuracies.stream().distinct().count());
  }

  @Test
  void aTracedNetworkTakesImagesOfTheSizeThatItWasTracedWith() {
    Path data = ClassImages.coloured(folder.resolve("images"), 20, "red", "blue");
    Path traced = Golden.path("torchscript/resnet50-narrow/model.pt"); // of 3 x 48 x 48
    try (StoredNetwork stored = StoredNetwork.open(traced, 1)) {
      StoredNetwork.PlannedMeasurement planned =
          stored.plan(
              new StoredNetwork.MeasureRequest(
                  "layer3", data.toString(), null, PixelScale.parse("unit"), 100, 42),
              new Heard());
      assertEquals(
          data
              + ": images: short side resized to 48 (bilinear, antialiased), 48x48 cut from the"
              + " centre",
          planned.notes().get(0));
    }
  }

  @Test
  void fewerClassesThanTheHeadsAreRefusedAtTheRepresentation() {
    Path data = ClassImages.coloured(folder.resolve("images"), 20, "red", "blue");
    Path seven = Golden.path("torchscript/resnet50-narrow/model.pt");
    try (StoredNetwork stored = StoredNetwork.open(seven, 1)) {
      StoredNetwork.MeasureRequest request =
          new StoredNetwork.MeasureRequest(
              StoredNetwork.REPRESENTATION,
              data.toString(),
              null,
              PixelScale.parse("unit"),
              100,
              42);
      InvalidInputException refused =
          assertThrows(InvalidInputException.class, () -> stored.plan(request, new Heard()));
      assertEquals(
          "--data %s: has 2 classes, the head of %s has 7; a --tap before it needs no head"
              .formatted(data, seven),
          refused.getMessage());
    }
  }
}

package dev.collapsar.learn.prediction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.Golden;
import dev.collapsar.learn.dataset.ClassImages;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.model.NetworkFile;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.run.Watching;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnteringImagesTest {
  private static final Path TRACED = Golden.path("torchscript/vit/model.pt"); // of 3 x 32 x 32

  @TempDir private Path folder;

  private static EnteringImages.Ready ready(String data) {
    try (Network network = NetworkFile.open(TRACED).network()) {
      return new EnteringImages(
              network,
              PixelScale.parse("unit"),
              OptionalInt.empty(),
              1,
              new Watching(() -> {}),
              false)
          .load(data, null, Optional.empty());
    }
  }

  @Test
  void filesTakeTheSizeAndTheColoursThatANetworkWasTracedWith() {
    Path data = ClassImages.coloured(folder.resolve("images"), 50, "red", "blue");
    EnteringImages.Ready ready = ready(data.toString());
    assertEquals(List.of(3L, 32L, 32L), ready.images().shape());
    assertTrue(ready.notes().get(0).contains("32"), ready.notes()::toString);
  }

  @Test
  void soDoNamedImages() {
    EnteringImages.Ready ready = ready("mnist");
    assertEquals(List.of(3L, 32L, 32L), ready.images().shape());
    assertEquals(
        List.of(
            "mnist: short side resized to 32 (bilinear, antialiased), 32x32 cut from the centre;"
                + " grey in each of red, green and blue"),
        ready.notes());
  }
}

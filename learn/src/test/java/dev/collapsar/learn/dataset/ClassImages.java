package dev.collapsar.learn.dataset;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Folders of images whose classes differ in their colour. */
public final class ClassImages {
  private static final int TRAIN = 4; // of each class
  private static final int TEST = 2;

  private ClassImages() {}

  /** {@code train/<class>} and {@code test/<class>} of noisy squares, in a new folder. */
  public static Path coloured(Path folder, int side, String... classes) {
    SplittableRandom chance = new SplittableRandom(1);
    for (int k = 0; k < classes.length; k++) {
      for (int i = 0; i < TRAIN + TEST; i++) {
        Path place = folder.resolve(i < TRAIN ? "train" : "test").resolve(classes[k]);
        int colour = 0x204060 * (k + 1);
        BufferedImage image =
            TinyImages.image(
                BufferedImage.TYPE_INT_RGB,
                side,
                side,
                (x, y) -> colour ^ chance.nextInt() & 0x3f3f3f);
        try {
          Files.createDirectories(place);
          Files.write(place.resolve(i + ".png"), TinyImages.encoded("png", image));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return folder;
  }
}

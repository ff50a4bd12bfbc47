package dev.collapsar.learn.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.collapsar.learn.batch.Preparation;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.PixelBytes;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.random.Seed;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images stored on their side, which is said behind more pixels than a file's beginning holds. */
class LyingImagesTest {
  private static final int WIDTH = 300;
  private static final int HEIGHT = 220;
  private static final int HEAD = 1 << 17; // which is read first
  private static final int END = 12; // of a PNG, its last chunk

  /** Orientation 6: stored, the image's left is above. */
  private static final byte[] LYING =
      HexFormat.of()
          .parseHex("4d4d002a00000008" + "0001" + "011200030000000100060000" + "00000000");

  @TempDir private Path folder;

  @BeforeEach
  void noise() throws IOException {
    SplittableRandom chance = new SplittableRandom(1);
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : List.of("train/a/0", "train/b/1", "test/a/2", "test/b/3")) {
      BufferedImage noise =
          TinyImages.image(
              BufferedImage.TYPE_INT_RGB, WIDTH, HEIGHT, (x, y) -> chance.nextInt() & 0xffffff);
      byte[] png = TinyImages.encoded("png", noise);
      assertTrue(png.length > HEAD);
      files.put(name + ".png", lying(png));
    }
    TinyImages.folder(folder, files);
  }

  private static byte[] lying(byte[] png) {
    byte[] chunk = ByteBuffer.allocate(4 + LYING.length).put("eXIf".getBytes()).put(LYING).array();
    CRC32 sum = new CRC32();
    sum.update(chunk);
    return ByteBuffer.allocate(png.length + chunk.length + 8)
        .put(png, 0, png.length - END)
        .putInt(LYING.length)
        .put(chunk)
        .putInt((int) sum.getValue())
        .put(png, png.length - END, END)
        .array();
  }

  @Test
  void imagesOfTheWantedSizeOnTheirSideAreMadeSoLarge() {
    ImageData data = load(new Picture.Wanted(new Preparation(WIDTH), HEIGHT, WIDTH, true));
    assertEquals(HEIGHT, data.train().height());
    assertEquals(WIDTH, data.train().width());
  }

  @Test
  void imagesOfTheWantedSizeOnceTheyStandStayAsTheyAre() {
    ImageData asTheyAre;
    try (ImageFiles files = ImageFiles.open(folder)) {
      asTheyAre =
          files.load(ImageRequest.of(new Seed(1), 2, n -> {}), Runtime.getRuntime().maxMemory());
    }
    ImageData data = load(new Picture.Wanted(new Preparation(5), WIDTH, HEIGHT, true));
    assertEquals(WIDTH, data.train().height());
    assertArrayEquals(PixelBytes.of(asTheyAre.train()), PixelBytes.of(data.train()));
  }

  private ImageData load(Picture.Wanted wanted) {
    try (ImageFiles files = ImageFiles.open(folder)) {
      return files.load(ImageRequest.of(new Seed(1), 2, n -> {}).sized(wanted));
    }
  }
}

package dev.collapsar.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Two classes of random grey images of 8x8 pixels, for training and test, in files. */
final class SmallImages {
  private SmallImages() {}

  /** IDX files for the name {@code idx}, a tar for one that ends so, else a folder of PNGs. */
  static Path write(Path place) throws IOException {
    if (place.endsWith("idx")) {
      Files.createDirectory(place);
      writeIdx(place, "train", 40);
      writeIdx(place, "t10k", 10);
      return place;
    }
    Map<String, byte[]> files = new TreeMap<>();
    for (String type : List.of("a", "b")) {
      for (int i = 0; i < 24; i++) {
        String split = i < 20 ? "train" : "test";
        files.put("%s/%s/%s.png".formatted(split, type, i), png(i + 24 * type.charAt(0)));
      }
    }
    if (place.toString().endsWith(".tar")) {
      try (OutputStream out = Files.newOutputStream(place);
          TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
          TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
          entry.setSize(file.getValue().length);
          tar.putArchiveEntry(entry);
          tar.write(file.getValue());
          tar.closeArchiveEntry();
        }
      }
    } else {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.createDirectories(place.resolve(file.getKey()).getParent());
        Files.write(place.resolve(file.getKey()), file.getValue());
      }
    }
    return place;
  }

  private static void writeIdx(Path folder, String split, int count) throws IOException {
    byte[] pixels = new byte[count * 8 * 8];
    new Random(count).nextBytes(pixels);
    ByteBuffer images = ByteBuffer.allocate(16 + pixels.length);
    images.putInt(0x803).putInt(count).putInt(8).putInt(8).put(pixels);
    Files.write(folder.resolve(split + "-images-idx3-ubyte"), images.array());
    ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
    for (int i = 0; i < count; i++) {
      labels.put((byte) (i % 2));
    }
    Files.write(folder.resolve(split + "-labels-idx1-ubyte"), labels.array());
  }

  private static byte[] png(int seed) throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    Random random = new Random(seed);
    for (int i = 0; i < 64; i++) {
      image.getRaster().setSample(i % 8, i / 8, 0, random.nextInt(256));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}

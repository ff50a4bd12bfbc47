package dev.collapsar.learn.dataset;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Small image files made for tests, in folders and tars. */
public final class TinyImages {
  static final int WIDTH = 5;
  static final int HEIGHT = 4;

  private TinyImages() {}

  /** An image of which pixel (x, y) is {@code rgb(x, y)}. */
  static BufferedImage image(int type, int width, int height, IntBinaryOperator rgb) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, rgb.applyAsInt(x, y));
      }
    }
    return image;
  }

  static byte[] encoded(String format, BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, bytes)) {
        throw new IllegalArgumentException("no writer of " + format + " takes " + image);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** A PNG of 5x4 colours that no other number has. */
  public static byte[] png(int number) {
    return encoded(
        "png",
        image(
            BufferedImage.TYPE_INT_RGB,
            WIDTH,
            HEIGHT,
            (x, y) -> number << 16 | x * 10 << 8 | y * 20));
  }

  /** A JPEG of 5x4 pixels. */
  static byte[] jpeg(int number) {
    return encoded(
        "jpeg",
        image(
            BufferedImage.TYPE_INT_RGB,
            WIDTH,
            HEIGHT,
            (x, y) -> number * 7 << 16 | x * 10 << 8 | y * 20));
  }

  /** Two classes of three training images and a test image, by path. */
  public static Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    int number = 1;
    for (String type : new String[] {"cat", "dog"}) {
      for (int i = 0; i < 3; i++) {
        files.put("train/%s/%s.png".formatted(type, i), png(number++));
      }
      files.put("test/%s/0.png".formatted(type), png(number++));
    }
    return files;
  }

  public static Path folder(Path at, Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = at.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    return at;
  }

  /** A tar with these entries in the map's order, and no folders. */
  public static Path tar(Path file, Map<String, byte[]> files) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, byte[]> entry : files.entrySet()) {
        TarArchiveEntry header = new TarArchiveEntry(entry.getKey(), true);
        header.setSize(entry.getValue().length);
        tar.putArchiveEntry(header);
        tar.write(entry.getValue());
        tar.closeArchiveEntry();
      }
    }
    return file;
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.picture.ImageDecoder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Lets tests of other packages open images wherever they lie. */
public final class DatasetDoors {
  private DatasetDoors() {}

  public static void images(Path place) {
    ImageFilesTest.load(place, false);
  }

  /** CIFAR-10's archive, or what says it is. */
  public static void cifar(Path archive) {
    Cifar10.load(archive, new Normalized(List.of(.5, .5, .5), List.of(1., 1., 1.)));
  }

  /** CIFAR-10's archive with an image a file. */
  public static byte[] cifarArchive() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int i = 1; i < 6; i++) {
      files.put("cifar-10-batches-bin/data_batch_" + i + ".bin", new byte[3073]);
    }
    files.put("cifar-10-batches-bin/test_batch.bin", new byte[3073]);
    Path tar = Files.createTempFile("cifar", ".tar");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(Files.readAllBytes(TinyImages.tar(tar, files)));
    } finally {
      Files.delete(tar);
    }
    return bytes.toByteArray();
  }

  /** Images of two classes in a zip. */
  public static byte[] zip() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : TinyImages.files().entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    }
    return bytes.toByteArray();
  }

  /** An image in another format. */
  public static byte[] picture(String format) {
    return TinyImages.encoded(
        format, TinyImages.image(BufferedImage.TYPE_INT_RGB, 5, 4, (x, y) -> x * 40 << 16 | y));
  }

  /** Decodes one image. */
  public static void image(byte[] file) throws IOException {
    try (ImageDecoder decoder = new ImageDecoder()) {
      decoder.decode(file);
    }
  }

  public static byte[] png(int number) {
    return TinyImages.png(number);
  }

  public static byte[] jpeg(int number) {
    return TinyImages.jpeg(number);
  }

  public static Path tar(Path place) throws IOException {
    return TinyImages.tar(place, TinyImages.files());
  }
}

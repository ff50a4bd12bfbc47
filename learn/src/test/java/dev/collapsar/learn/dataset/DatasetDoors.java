package dev.collapsar.learn.dataset;

import dev.collapsar.learn.picture.ImageDecoder;
import java.io.IOException;
import java.nio.file.Path;

/** Lets tests of other packages open images wherever they lie. */
public final class DatasetDoors {
  private DatasetDoors() {}

  public static void images(Path place) {
    ImageFilesTest.load(place, false);
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

package dev.collapsar.learn.images;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.IdxImages;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The MNIST files that come with the program, or IDX files of the same names elsewhere (plain or
 * {@code .gz}).
 */
public enum Mnist {
  /** The 60,000 training images. */
  TRAIN("train"),
  /** The 10,000 test images. */
  TEST("t10k");

  /** What the bundled files' SHA-256 must be: what is loaded is what was committed. */
  private static final Map<String, String> BUNDLED =
      Map.of(
          "train-images-idx3-ubyte.gz",
          "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
          "train-labels-idx1-ubyte.gz",
          "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
          "t10k-images-idx3-ubyte.gz",
          "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
          "t10k-labels-idx1-ubyte.gz",
          "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b");

  private final String images;
  private final String labels;

  Mnist(String prefix) {
    this.images = prefix + "-images-idx3-ubyte";
    this.labels = prefix + "-labels-idx1-ubyte";
  }

  /**
   * The bundled images, or those of a directory.
   *
   * @param directory where files of MNIST's names lie, or null for the bundled ones
   * @throws InvalidInputException if a file is missing, truncated or not IDX, or the two do not
   *     match
   */
  public ImageSet load(Path directory) {
    return directory == null ? bundled() : from(directory);
  }

  private ImageSet bundled() {
    String imageFile = images + ".gz";
    String labelFile = labels + ".gz";
    try (InputStream imageBytes = Mnist.class.getResourceAsStream("mnist/" + imageFile);
        InputStream labelBytes = Mnist.class.getResourceAsStream("mnist/" + labelFile)) {
      IdxImages read = IdxImages.read(imageBytes, imageFile, labelBytes, labelFile);
      read.sha256()
          .forEach(
              (file, sha256) -> {
                if (!sha256.equals(BUNDLED.get(file))) {
                  throw new InvalidInputException(
                      "bundled %s has SHA-256 %s, expected %s; clone or build the project again"
                          .formatted(file, sha256, BUNDLED.get(file)));
                }
              });
      return set("mnist/" + name().toLowerCase(java.util.Locale.ROOT), read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ImageSet from(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(
          "--data-dir %s is not a directory; it must hold %s[.gz] and %s[.gz]"
              .formatted(directory, images, labels));
    }
    return set(
        directory.toAbsolutePath().normalize().getFileName()
            + "/"
            + name().toLowerCase(java.util.Locale.ROOT),
        IdxImages.read(file(directory, images), file(directory, labels)));
  }

  private static Path file(Path directory, String name) {
    for (String candidate : List.of(name, name + ".gz")) {
      Path path = directory.resolve(candidate);
      if (Files.exists(path)) {
        return path;
      }
    }
    throw new InvalidInputException(
        "--data-dir %s has no file %s or %s.gz".formatted(directory, name, name));
  }

  private static ImageSet set(String name, IdxImages read) {
    int[] labels = new int[read.count()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Byte.toUnsignedInt(read.labels()[i]);
    }
    int classes = Math.max(10, IntStream.of(labels).max().orElse(0) + 1);
    return new ImageSet(
        name,
        read.pixels(),
        labels,
        1,
        read.height(),
        read.width(),
        IntStream.range(0, classes).mapToObj(Integer::toString).toList(),
        new TreeMap<>(read.sha256()));
  }
}

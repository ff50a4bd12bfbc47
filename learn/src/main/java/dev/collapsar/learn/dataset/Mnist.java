package dev.collapsar.learn.dataset;

import dev.collapsar.learn.images.ImageSet;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
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

  private final IdxFiles files;

  Mnist(String prefix) {
    this.files = IdxFiles.of(prefix, IntStream.range(0, 10).mapToObj(Integer::toString).toList());
  }

  /**
   * The bundled images, or those of a directory.
   *
   * @param directory where files of MNIST's names lie, or null for the bundled ones
   * @throws dev.collapsar.InvalidInputException if a file is missing, truncated or not IDX, or the
   *     two do not match
   */
  public ImageSet load(Path directory) {
    String split = name().toLowerCase(Locale.ROOT);
    return directory == null ? files.bundled("mnist", split, BUNDLED) : files.in(directory, split);
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.IdxImages;
import dev.collapsar.learn.images.ImageSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Two IDX files that belong together, {@code <prefix>-images-idx3-ubyte} and {@code
 * <prefix>-labels-idx1-ubyte}, plain or {@code .gz}, with a dash or a dot before {@code idx}.
 *
 * @param classes the names of labels 0, 1, ...; a label beyond them is named by its number
 */
record IdxFiles(String images, String labels, List<String> classes) {
  static IdxFiles of(String prefix, List<String> classes) {
    return new IdxFiles(prefix + "-images-idx3-ubyte", prefix + "-labels-idx1-ubyte", classes);
  }

  /**
   * The files that come with the program, in {@code folder} among this package's resources.
   *
   * @param sha256 what they must have: what is loaded is what was committed
   */
  ImageSet bundled(String folder, String name, Map<String, String> sha256) {
    String imageFile = images + ".gz";
    String labelFile = labels + ".gz";
    try (InputStream imageBytes = IdxFiles.class.getResourceAsStream(folder + "/" + imageFile);
        InputStream labelBytes = IdxFiles.class.getResourceAsStream(folder + "/" + labelFile)) {
      IdxImages read = IdxImages.read(imageBytes, imageFile, labelBytes, labelFile);
      read.sha256()
          .forEach(
              (file, found) -> {
                if (!found.equals(sha256.get(file))) {
                  throw new InvalidInputException(
                      "bundled %s has SHA-256 %s, expected %s; clone or build the project again"
                          .formatted(file, found, sha256.get(file)));
                }
              });
      return set(folder + "/" + name, read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The files of a directory.
   *
   * @throws InvalidInputException if there is no such directory, or a file is missing, truncated or
   *     not IDX, or the two do not match
   */
  ImageSet in(Path directory, String name) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(
          "--data-dir %s is not a directory; it must hold %s[.gz] and %s[.gz]"
              .formatted(directory, images, labels));
    }
    return set(
        directory.toAbsolutePath().normalize().getFileName() + "/" + name,
        IdxImages.read(file(directory, images), file(directory, labels)));
  }

  private static Path file(Path directory, String name) {
    String dotted = name.replace("-idx", ".idx"); // as some unpackers spell it
    for (String candidate : List.of(name, name + ".gz", dotted, dotted + ".gz")) {
      Path path = directory.resolve(candidate);
      if (Files.exists(path)) {
        return path;
      }
    }
    throw new InvalidInputException(
        "--data-dir %s has no file %s or %s.gz".formatted(directory, name, name));
  }

  private ImageSet set(String name, IdxImages read) {
    int[] indices = new int[read.count()];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = Byte.toUnsignedInt(read.labels()[i]);
    }
    List<String> names = new ArrayList<>(classes);
    int largest = IntStream.of(indices).max().orElse(0);
    IntStream.rangeClosed(classes.size(), largest).mapToObj(Integer::toString).forEach(names::add);
    return new ImageSet(
        name,
        read.pixels(),
        indices,
        1,
        read.height(),
        read.width(),
        List.copyOf(names),
        new TreeMap<>(read.sha256()));
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.learn.images.ImageSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): articles of clothing in MNIST's format. Its
 * official files are read where the user has them; what comes with the program is not their test
 * set.
 */
public enum FashionMnist {
  /** The 60,000 training images. */
  TRAIN("train"),
  /** The 10,000 test images. */
  TEST("t10k");

  private static final List<String> CLASSES =
      List.of(
          "T-shirt/top",
          "trouser",
          "pullover",
          "dress",
          "coat",
          "sandal",
          "shirt",
          "sneaker",
          "bag",
          "ankle boot");
  private static final Map<String, String> BUNDLED =
      Map.of(
          "ood-images-idx3-ubyte.gz",
          "58cda690fa62373bbfee8a4c7c7858b50c3d9db18e8e1bb8ee9867e8d6b4574e",
          "ood-labels-idx1-ubyte.gz",
          "5315b8b9022d1eabf768352ef8dabba13bd5e687bb11a642e91c547c01327ee6");

  private final String prefix;

  FashionMnist(String prefix) {
    this.prefix = prefix;
  }

  /**
   * The images of a directory.
   *
   * @param directory where the official files lie, which have MNIST's names
   * @throws dev.collapsar.InvalidInputException if a file is missing, truncated or not IDX, or the
   *     two do not match
   */
  public ImageSet load(Path directory) {
    return IdxFiles.of(prefix, CLASSES).in(directory, name().toLowerCase(Locale.ROOT));
  }

  /**
   * The 10,000 bundled images, 1,000 of each class in turn: samples from another distribution for
   * networks that learned MNIST. They are of the first public release with split and order lost, so
   * accuracies on them are no results on Fashion-MNIST.
   */
  public static ImageSet outOfDistribution() {
    return IdxFiles.of("ood", CLASSES).bundled("fashion-mnist", "ood", BUNDLED);
  }
}

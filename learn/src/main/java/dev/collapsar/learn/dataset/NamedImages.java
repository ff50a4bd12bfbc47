package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.Normalized;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Image data that are known by name. */
public enum NamedImages {
  /** Comes with the program. */
  MNIST("mnist", List.of(.1307), List.of(.3081)) {
    @Override
    public ImageData load(Path directory) {
      return ImageData.of(Mnist.TRAIN.load(directory), Mnist.TEST.load(directory), normalized());
    }
  },
  /** Read where the user has its official files; only out-of-distribution images are bundled. */
  FASHION_MNIST("fashion-mnist", List.of(.2860), List.of(.3530)) {
    @Override
    public ImageData load(Path directory) {
      if (directory == null) {
        throw new InvalidInputException(
            "data=fashion-mnist: its official four IDX files do not come with the program;"
                + " --data-dir must name their folder");
      }
      return ImageData.of(
          FashionMnist.TRAIN.load(directory), FashionMnist.TEST.load(directory), normalized());
    }
  },
  /** The binary version; {@code collapsar data fetch cifar10} puts it into the usual place. */
  CIFAR10("cifar10", List.of(.4914, .4822, .4465), List.of(.247, .243, .261)) {
    @Override
    public ImageData load(Path directory) {
      Path place = directory == null ? DataFolder.usual() : directory;
      if (directory == null && !Cifar10.isAt(place)) {
        throw new InvalidInputException(
            "data=cifar10: is not in %s; 'collapsar data fetch cifar10' gets it, --data-dir names another place"
                .formatted(place));
      }
      return Cifar10.load(place, normalized());
    }
  };

  private final String key;
  private final Normalized normalized;

  NamedImages(String key, List<Double> mean, List<Double> deviation) {
    this.key = key;
    this.normalized = new Normalized(mean, deviation);
  }

  /** The data of this name, as a user spells it. */
  public static Optional<NamedImages> named(String key) {
    return Arrays.stream(values()).filter(data -> data.key.equals(key)).findFirst();
  }

  /** As a user spells it. */
  public String key() {
    return key;
  }

  /** The usual normalisation of these data. */
  public Normalized normalized() {
    return normalized;
  }

  /**
   * Training and test images.
   *
   * @param directory where the files lie, as {@code --data-dir} says; null for the usual place
   * @throws InvalidInputException if there are none, or they are not what the name promises
   */
  public abstract ImageData load(Path directory);
}

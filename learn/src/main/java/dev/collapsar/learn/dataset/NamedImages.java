package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Image data that are known by name. */
public enum NamedImages {
  /** Handwritten digits. */
  MNIST(
      "mnist",
      "60,000 + 10,000 handwritten digits, grey 28x28",
      List.of(.1307),
      List.of(.3081),
      null) {
    @Override
    public ImageData load(Path directory) {
      return ImageData.of(Mnist.TRAIN.load(directory), Mnist.TEST.load(directory), normalized());
    }

    @Override
    public String whereabouts(Path folder) {
      return "comes with the program";
    }
  },
  /** Articles of clothing; only samples from outside of MNIST's distribution are bundled. */
  FASHION_MNIST(
      "fashion-mnist",
      "60,000 + 10,000 articles of clothing, grey 28x28",
      List.of(.2860),
      List.of(.3530),
      null) {
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

    @Override
    public List<ImageSet> sets(Path directory) {
      return directory == null ? List.of(FashionMnist.outOfDistribution()) : super.sets(directory);
    }

    @Override
    public String whereabouts(Path folder) {
      return "10,000 out-of-distribution images come with the program";
    }
  },
  /** Photographs, in the binary version. */
  CIFAR10(
      "cifar10",
      "50,000 + 10,000 photographs, RGB 32x32",
      List.of(.4914, .4822, .4465),
      List.of(.247, .243, .261),
      new Download(
          Cifar10.ARCHIVE,
          "https://www.cs.toronto.edu/~kriz/" + Cifar10.ARCHIVE,
          "c32a1d4ab5d03f1284b67883e8d87530")) {
    @Override
    public ImageData load(Path directory) {
      if (directory == null && !Cifar10.isAt(DataFolder.usual())) {
        throw new InvalidInputException(
            ("data=cifar10: is not in %s; 'collapsar data fetch cifar10' gets it,"
                    + " --data-dir names another place")
                .formatted(DataFolder.usual()));
      }
      return Cifar10.load(directory == null ? DataFolder.usual() : directory, normalized());
    }

    @Override
    public String whereabouts(Path folder) {
      return Cifar10.isAt(folder)
          ? "in " + folder
          : "not in %s; 'collapsar data fetch cifar10' gets it".formatted(folder);
    }
  };

  private final String key;
  private final String summary;
  private final Normalized normalized;
  private final Download download;

  NamedImages(
      String key, String summary, List<Double> mean, List<Double> deviation, Download download) {
    this.key = key;
    this.summary = summary;
    this.normalized = new Normalized(mean, deviation);
    this.download = download;
  }

  /** The data of this name, as a user spells it. */
  public static Optional<NamedImages> named(String key) {
    return Arrays.stream(values()).filter(data -> data.key.equals(key)).findFirst();
  }

  /** As a user spells it. */
  public String key() {
    return key;
  }

  /** What they show, in a few words. */
  public String summary() {
    return summary;
  }

  /** The usual normalisation of these data. */
  public Normalized normalized() {
    return normalized;
  }

  /** What {@link Fetch} brings, if these data have to be fetched. */
  Optional<Download> download() {
    return Optional.ofNullable(download);
  }

  /**
   * Training and test images.
   *
   * @param directory where the files lie, as {@code --data-dir} says; null for the usual place
   * @throws InvalidInputException if there are none, or they are not what the name promises
   */
  public abstract ImageData load(Path directory);

  /** All the sets that there are, as {@link #load} takes them. */
  public List<ImageSet> sets(Path directory) {
    ImageData data = load(directory);
    return List.of(data.train(), data.test());
  }

  /**
   * In words, where they are found.
   *
   * @param folder where fetched data lie
   */
  public abstract String whereabouts(Path folder);
}

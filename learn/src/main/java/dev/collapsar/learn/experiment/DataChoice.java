package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Which images a recipe works on: its settings for them, and the images that they choose. */
final class DataChoice {
  private final Setting<String> data;

  /**
   * @param initial the name of the recipe's own data
   */
  DataChoice(String initial) {
    String names =
        Arrays.stream(NamedImages.values()).map(NamedImages::key).collect(Collectors.joining(", "));
    data =
        new Setting<>(
            "data",
            initial,
            "the images that are learned and tested on",
            "one of " + names,
            text -> NamedImages.named(text).isPresent() ? text : null);
  }

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    return List.of(data);
  }

  /**
   * The chosen images. Training and test images have one size and the same classes.
   *
   * @throws InvalidInputException if they cannot be read or do not fit each other
   */
  ImageData load(Experiment experiment) {
    ImageData loaded =
        NamedImages.named(experiment.get(data)).orElseThrow().load(experiment.options().dataDir());
    ImageSet train = loaded.train();
    ImageSet test = loaded.test();
    if (train.height() != test.height() || train.width() != test.width()) {
      throw misfit(
          experiment,
          "training images are %dx%d and test images %dx%d; they must have one size"
              .formatted(train.height(), train.width(), test.height(), test.width()));
    }
    if (test.classes().size() > train.classes().size()) {
      throw misfit(
          experiment,
          "test labels go up to %d and training labels up to %d"
              .formatted(test.classes().size() - 1, train.classes().size() - 1));
    }
    return new ImageData(
        train, test.withClasses(train.classes()), loaded.normalized(), loaded.leftOut());
  }

  /** What to throw when a recipe cannot use the chosen images: one line that names the choice. */
  InvalidInputException misfit(Experiment experiment, String problem) {
    Path dataDir = experiment.options().dataDir();
    return new InvalidInputException(
        "%s: %s"
            .formatted(
                dataDir == null ? "data=" + experiment.get(data) : "--data-dir " + dataDir,
                problem));
  }
}

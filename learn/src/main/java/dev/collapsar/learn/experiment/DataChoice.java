package dev.collapsar.learn.experiment;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Which images a recipe works on: its settings for them, and the images that they choose. */
final class DataChoice {
  private final Setting<String> data;
  private final Setting<Boolean> skipUnreadable =
      Setting.flag(
          "data.skip-unreadable",
          false,
          "leave out images of a folder or tar that cannot be read, and note it");

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
            "one of " + names + ", or the path of a folder or .tar with train/ and test/",
            text -> NamedImages.named(text).isPresent() || isPath(text) ? text : null);
  }

  /** A mistyped name is no path, unless there is something of that name. */
  private static boolean isPath(String text) {
    try {
      return text.contains("/")
          || text.endsWith(".tar")
          || !text.isEmpty() && Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false; // the caller says what is allowed
    }
  }

  /** The recipe lists them among its own. */
  List<Setting<?>> settings() {
    return List.of(data, skipUnreadable);
  }

  /**
   * The chosen images. Training and test images have one size and the same classes; images that
   * were left out are noted in the record.
   *
   * @throws InvalidInputException if they cannot be read or do not fit each other
   */
  ImageData load(Experiment experiment) {
    ImageData loaded =
        NamedImages.named(experiment.get(data))
            .map(named -> named.load(experiment.options().dataDir()))
            .orElseGet(() -> files(experiment));
    loaded.notes().forEach(experiment::note);
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
        train,
        test.withClasses(train.classes()),
        loaded.normalized(),
        loaded.leftOut(),
        loaded.notes());
  }

  private ImageData files(Experiment experiment) {
    Path place = Path.of(experiment.get(data));
    Path dataDir = experiment.options().dataDir();
    if (dataDir != null) {
      throw new InvalidInputException(
          "--data-dir %s: data=%s is a place of its own; leave --data-dir out"
              .formatted(dataDir, place));
    }
    try (ImageFiles files = ImageFiles.open(place);
        Progress.Bar bar = experiment.progress().bar("decoding images", files.count())) {
      ImageData loaded =
          files.load(
              experiment.get(skipUnreadable),
              experiment.options().threads(),
              images -> {
                bar.advance(images, "");
                experiment.checkpoint();
              });
      if (!loaded.leftOut().isEmpty()) {
        experiment.note(
            "%d of %d images of %s could not be read and were left out, the first %s"
                .formatted(loaded.leftOut().size(), files.count(), place, loaded.leftOut().get(0)));
      }
      return loaded;
    }
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

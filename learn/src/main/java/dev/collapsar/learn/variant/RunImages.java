package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/** The images that the user of a run chose. */
public final class RunImages {
  private final RunContext run;
  private final DataSettings chosen;

  public RunImages(RunContext run, DataSettings chosen) {
    this.run = run;
    this.chosen = chosen;
  }

  /**
   * The chosen images. Training and test images have one size and the same classes; images that
   * were left out are noted in the record.
   *
   * @throws InvalidInputException if they cannot be read or do not fit each other
   */
  public ImageData load() {
    return load(false);
  }

  /** Likewise, with images of their own that choose an epoch. */
  public ImageData loadWithValidation() {
    return load(true);
  }

  private ImageData load(boolean validates) {
    ImageData loaded =
        NamedImages.named(chosen.data(run.settings()))
            .map(named -> named.load(run.dataDirectory().orElse(null)))
            .orElseGet(() -> files(validates));
    loaded.notes().forEach(run::note);
    ImageSet train = loaded.train();
    ImageSet test = loaded.test();
    if (train.height() != test.height() || train.width() != test.width()) {
      throw misfit(
          "training images are %sx%s and test images %sx%s; they must have one size"
              .formatted(train.height(), train.width(), test.height(), test.width()));
    }
    if (test.classes().size() > train.classes().size()) {
      throw misfit(
          "test labels go up to %s and training labels up to %s"
              .formatted(test.classes().size() - 1, train.classes().size() - 1));
    }
    return new ImageData(
        train,
        loaded.validation(),
        test.withClasses(train.classes()),
        loaded.normalized(),
        loaded.leftOut(),
        loaded.notes(),
        loaded.split());
  }

  /**
   * So many of the images as were chosen, drawn without replacement; all of them, which is noted,
   * if there are fewer.
   *
   * @param stream of the run's seed, from which they are drawn
   */
  public ImageSet sample(ImageSet images, Setting<Integer> count, String stream) {
    int chosen = run.get(count);
    if (chosen > images.count()) {
      run.note(
          "%s=%s: there are %s, all of which take part."
              .formatted(count.key(), chosen, images.count()));
    }
    return images.sample(chosen, run.seed().random(stream));
  }

  /**
   * Refuses a sample that leaves a class with too few images to measure.
   *
   * @param count the setting that says how many were drawn
   * @param least images of each class
   */
  public void requireOfEachClass(ImageSet images, Setting<Integer> count, int least) {
    long[] counts = new long[images.classes().size()];
    Arrays.stream(images.labels()).forEach(label -> counts[label]++);
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] < least) {
        throw new InvalidInputException(
            "%s=%s: class %s has %s of them; measuring needs at least %s a class"
                .formatted(count.key(), run.get(count), images.classes().get(k), counts[k], least));
      }
    }
  }

  private ImageData files(boolean validates) {
    Path place = Path.of(chosen.data(run.settings()));
    run.dataDirectory()
        .ifPresent(
            directory -> {
              throw new InvalidInputException(
                  "--data-dir %s: data=%s is a place of its own; leave --data-dir out"
                      .formatted(directory, place));
            });
    try (ImageFiles files = ImageFiles.open(place);
        Progress.Bar bar = run.progress().bar("decoding images", files.count())) {
      ImageData loaded =
          files.load(
              request(
                  validates,
                  images -> {
                    bar.advance(images, "");
                    run.throwIfStopped();
                  }));
      if (!loaded.leftOut().isEmpty()) {
        run.note(
            "%s of %s images of %s could not be read and were left out, the first %s"
                .formatted(loaded.leftOut().size(), files.count(), place, loaded.leftOut().get(0)));
      }
      if (loaded.split().drawn()) {
        run.keep(loaded.split());
      }
      return loaded;
    }
  }

  private ImageRequest request(boolean validates, IntConsumer decoded) {
    Settings settings = run.settings();
    ImageRequest request =
        ImageRequest.of(run.seed(), run.resources().threads(), decoded)
            .skipping(chosen.skipsUnreadable(settings))
            .grouped(chosen.group(settings));
    ImageRequest divided = validates ? request.validating() : request;
    OptionalInt side = chosen.size(settings);
    ImageRequest sized = side.isPresent() ? divided.sized(side.getAsInt()) : divided;
    OptionalInt channels = chosen.channels(settings);
    return channels.isPresent() ? sized.withChannels(channels.getAsInt()) : sized;
  }

  /** What to throw when a recipe cannot use the chosen images: one line that names the choice. */
  public InvalidInputException misfit(String problem) {
    String choice =
        run.dataDirectory()
            .map(directory -> "--data-dir " + directory)
            .orElseGet(() -> "data=" + chosen.data(run.settings()));
    return new InvalidInputException("%s: %s".formatted(choice, problem));
  }
}

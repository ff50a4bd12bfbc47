package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.learn.run.RunContext;
import dev.collapsar.learn.settings.DataSettings;
import dev.collapsar.learn.settings.OutsideSettings;
import dev.collapsar.learn.settings.Setting;
import dev.collapsar.learn.settings.Settings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/** The images that the user of a run chose. */
public final class RunImages {
  private final RunContext run;
  private final DataSettings chosen;

  private final Optional<InputSpec.Image> taken;
  private final boolean squares;

  public RunImages(RunContext run, DataSettings chosen) {
    this(run, chosen, Optional.empty(), false);
  }

  private RunImages(
      RunContext run, DataSettings chosen, Optional<InputSpec.Image> taken, boolean squares) {
    this.run = run;
    this.chosen = chosen;
    this.taken = taken;
    this.squares = squares;
  }

  /** The same images for a network that takes square ones alone, if it does. */
  public RunImages squared(boolean squaresAlone) {
    return new RunImages(run, chosen, taken, squaresAlone);
  }

  /** The same images in the size and the colours that a network takes, unless the user chose. */
  public RunImages as(Optional<InputSpec.Image> input) {
    return new RunImages(run, chosen, input, squares);
  }

  /** Whether the user chose a size. */
  public boolean isSized() {
    return chosen.size(run.settings()).isPresent();
  }

  /**
   * Images on their way into a network.
   *
   * @param images as they enter if neither the user nor the network's card says how
   * @param pixels how they enter, if the user said so
   * @param isSized whether the user said of what size they enter
   */
  public record Entering(ImageSet images, Optional<ImageTransform> pixels, boolean isSized) {
    /** As they enter if the network's card does not say how. */
    public ImageSet transformed() {
      return pixels.map(images::with).orElse(images);
    }
  }

  /**
   * Images of these data as the user wants them to enter a network.
   *
   * @param images as they enter if neither the user nor the network's card says how
   * @throws InvalidInputException if how they are to enter is for another number of channels
   */
  public Entering entering(ImageData data, ImageSet images) {
    Settings settings = run.settings();
    Optional<ImageTransform> pixels =
        chosen
            .pixels(settings)
            .map(
                scale ->
                    scale
                        .transform(images.channels(), data.normalized())
                        .orElseThrow(
                            () ->
                                new InvalidInputException(
                                    "data.pixels=%s: is for %s channels, the images have %s"
                                        .formatted(
                                            scale.text(),
                                            scale.mean().size(),
                                            images.channels()))));
    return new Entering(images, pixels, chosen.size(settings).isPresent());
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
            .map(named -> fitted(named.load(run.dataDirectory().orElse(null))))
            .orElseGet(() -> files(validates));
    loaded.notes().forEach(run::note);
    ImageSet train = loaded.train();
    ImageSet test = loaded.test();
    requireOneSize(train, test);
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
    ImageRequest request =
        new ImageRequest(
            wanted(),
            channels(),
            chosen.group(run.settings()),
            chosen.skipsUnreadable(run.settings()),
            false,
            squares,
            run.seed(),
            run.resources().threads(),
            decoded,
            Optional.of(run.preparedImages()));
    return validates ? request.validating() : request;
  }

  /** The size that the user chose, or else the network's. */
  private Optional<Picture.Wanted> wanted() {
    OptionalInt side = chosen.size(run.settings());
    return side.isPresent()
        ? Optional.of(Picture.Wanted.square(side.getAsInt()))
        : taken.map(Picture.Wanted::of);
  }

  private OptionalInt channels() {
    OptionalInt said = chosen.channels(run.settings());
    return said.isPresent() || taken.isEmpty() ? said : OptionalInt.of(taken.get().channels());
  }

  private void requireOneSize(ImageSet train, ImageSet test) {
    if (train.height() != test.height() || train.width() != test.width()) {
      throw misfit(
          "training images are %sx%s and test images %sx%s; they must have one size"
              .formatted(train.height(), train.width(), test.height(), test.width()));
    }
  }

  /** Data that are no files of their own. */
  private ImageData fitted(ImageData data) {
    ImageSet train = data.train();
    if (wanted().isEmpty()) {
      requireOneSize(train, data.test());
    }
    Picture.Wanted size = wanted().orElse(Picture.Wanted.asItIs(train.height(), train.width()));
    return data.resized(
        size.how(),
        channels().orElse(train.channels()),
        size.height(),
        size.width(),
        chosen.data(run.settings()));
  }

  /**
   * Images of another distribution, as many as were chosen, in the size and colours of these; empty
   * without any.
   */
  public Optional<ImageSet> outside(OutsideSettings outside, ImageSet like) {
    return new OtherImages(run, chosen.skipsUnreadable(run.settings()))
        .outside(outside.data(run.settings()), like)
        .map(found -> sample(found, outside.samples(), "subset/ood"))
        .map(
            some -> {
              ImageSet fitted = OtherImages.fitted(some, like.input());
              fitted
                  .changes(some)
                  .ifPresent(
                      change ->
                          run.note("ood=%s: %s".formatted(outside.data(run.settings()), change)));
              return fitted;
            });
  }

  /**
   * The test half of other data as a network takes them; empty if there are to be none.
   *
   * @param place of the data, their name, or {@link OutsideSettings#NONE}
   * @param key of the setting that says so
   */
  public Optional<ImageSet> testOf(String place, String key, InputSpec.Image input) {
    return new OtherImages(run, chosen.skipsUnreadable(run.settings())).testOf(place, key, input);
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

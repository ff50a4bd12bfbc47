package dev.collapsar.learn.prediction;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.batch.InputSpec;
import dev.collapsar.learn.dataset.ImageFiles;
import dev.collapsar.learn.dataset.ImageRequest;
import dev.collapsar.learn.dataset.LooseImages;
import dev.collapsar.learn.dataset.NamedImages;
import dev.collapsar.learn.dataset.PlacedImages;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.ImageTransform;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.images.PixelScale;
import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.run.Progress;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Images as a network takes them: of the size, the colours and the scale that its card or else its
 * user says.
 *
 * @param pixels how they enter, if the user says so
 * @param side of square images, if the user says so
 * @param threads that decode
 * @param skipsUnreadable whether images that cannot be read are left out
 */
public record EnteringImages(
    Network network,
    Optional<PixelScale> pixels,
    OptionalInt side,
    int threads,
    Progress progress,
    boolean skipsUnreadable) {
  private static final long SEED = 42; // divides data that nobody divided

  /**
   * Images that are ready to enter.
   *
   * @param labels of the samples, (count); empty if they lie in no classes
   * @param notes what was found about them, a sentence each
   */
  public record Ready(ImageSet images, Optional<int[]> labels, List<String> notes) {
    /**
     * The images with these labels.
     *
     * @throws java.util.NoSuchElementException if there are none
     */
    public ImageSet labelled() {
      return images.withLabels(labels.orElseThrow());
    }
  }

  /**
   * Images by name or place.
   *
   * @param data as recipes take it, or any folder, zip or tar of images
   * @param directory where named images lie, or null
   * @param part which of them; if absent those for training where there is a part for it, else all
   * @throws InvalidInputException if they cannot be read, or are none for this network
   */
  public Ready load(String data, Path directory, Optional<Part> part) {
    Optional<NamedImages> named = NamedImages.named(data);
    if (named.isPresent()) {
      ImageData loaded = named.get().load(directory);
      ImageSet images = part(loaded, part, data);
      ImageSet fitted = fitted(images);
      return ready(
          data,
          loaded,
          fitted,
          fitted.changes(images).map(change -> data + ": " + change).stream().toList());
    }
    if (directory != null) {
      throw new InvalidInputException(
          "--data-dir %s: --data %s is a place of its own; leave --data-dir out"
              .formatted(directory, data));
    }
    Path place = Path.of(data);
    Optional<ImageFiles> sorted = sorted(place, part.isPresent());
    if (sorted.isEmpty()) {
      return ready(data, placed(place));
    }
    try (ImageFiles files = sorted.get();
        Progress.Bar bar = progress.bar("decoding images", files.count())) {
      ImageRequest request = request(bar);
      if (part.isPresent() || files.isDivided()) {
        ImageData loaded = files.load(request);
        List<String> notes = new ArrayList<>(loaded.notes());
        if (!files.isDivided()) {
          notes.add(
              "%s: the parts are drawn by seed %s; a run's own are those of its splits.csv, beside the images"
                  .formatted(data, SEED));
        }
        return ready(data, loaded, part(loaded, part, data), notes);
      }
      return ready(data, files.loadAll(request));
    }
  }

  /**
   * All images of a place, each with its path and the class that it lies in.
   *
   * @throws InvalidInputException if there are none, none can be read, or they are none for this
   *     network
   */
  public PlacedImages placed(Path place) {
    try (Progress.Bar bar = progress.bar("decoding images", 0)) {
      return LooseImages.placed(place, request(bar));
    }
  }

  /** Images that were named one by one, likewise and in no class. */
  public PlacedImages named(List<Path> files) {
    try (Progress.Bar bar = progress.bar("decoding images", files.size())) {
      return LooseImages.named(files, request(bar));
    }
  }

  /** The same for images of which one that cannot be read is left out. */
  public EnteringImages skipping() {
    return new EnteringImages(network, pixels, side, threads, progress, true);
  }

  /**
   * These images as they enter.
   *
   * @throws InvalidInputException if they are none for this network, or nobody says how they enter
   */
  public ImageSet entering(String data, PlacedImages placed) {
    requireFit(data, placed.images());
    return placed.images().with(transform(placed.images(), Normalized.by(placed.images())));
  }

  /** In classes; empty if they lie otherwise and nobody asked for a part of them. */
  private static Optional<ImageFiles> sorted(Path place, boolean asked) {
    return asked ? Optional.of(ImageFiles.open(place)) : ImageFiles.ifSorted(place);
  }

  private static ImageSet part(ImageData data, Optional<Part> part, String name) {
    return switch (part.orElse(Part.TRAIN)) {
      case TRAIN -> data.train();
      case TEST -> data.test();
      case VALIDATION ->
          data.validation()
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          "--part validation: %s has no images for it".formatted(name)));
    };
  }

  private ImageRequest request(Progress.Bar bar) {
    ImageRequest request =
        ImageRequest.of(new Seed(SEED), threads, images -> bar.advance(images, ""))
            .skipping(skipsUnreadable);
    Optional<Picture.Wanted> wanted = wanted();
    if (wanted.isPresent()) {
      request = request.sized(wanted.get());
    }
    return network
        .takenImages()
        .map(InputSpec.Image::channels)
        .map(request::withChannels)
        .orElse(request);
  }

  private Optional<InputSpec.Image> said() {
    return network
        .card()
        .input()
        .filter(InputSpec.Image.class::isInstance)
        .map(InputSpec.Image.class::cast);
  }

  private Optional<Picture.Wanted> wanted() {
    if (side.isPresent()) {
      return Optional.of(Picture.Wanted.square(side.getAsInt()));
    }
    return network.takenImages().map(Picture.Wanted::of);
  }

  /** Data that are no files of their own, in the size that is wanted. */
  private ImageSet fitted(ImageSet images) {
    int channels = network.takenImages().map(InputSpec.Image::channels).orElse(images.channels());
    Picture.Wanted size = wanted().orElse(Picture.Wanted.asItIs(images.height(), images.width()));
    return images.resized(size.how(), channels, size.height(), size.width());
  }

  private Ready ready(String data, ImageData loaded, ImageSet images, List<String> notes) {
    requireFit(data, images);
    return new Ready(
        images.with(transform(images, loaded.normalized().forChannels(images.channels()))),
        Optional.of(own(images)),
        notes);
  }

  /** By the network's own names of classes, if the images' are among them. */
  private int[] own(ImageSet images) {
    List<String> names = network.card().classes();
    return names.containsAll(images.classes())
        ? Arrays.stream(images.labels())
            .map(label -> names.indexOf(images.classes().get(label)))
            .toArray()
        : images.labels();
  }

  private Ready ready(String data, PlacedImages placed) {
    ImageSet images = placed.images();
    requireFit(data, images);
    List<String> names = network.card().classes();
    boolean ours = names.containsAll(placed.classes());
    List<String> notes = new ArrayList<>(placed.notes());
    if (placed.isLabelled()) {
      notes.add(
          ours
              ? "labels are the network's own: its classes are called so"
              : "labels: "
                  + String.join(
                      ", ",
                      placed.classes().stream()
                          .map(name -> placed.classes().indexOf(name) + " " + name)
                          .toList()));
    }
    return new Ready(
        images.with(transform(images, Normalized.by(images))),
        placed.isLabelled()
            ? Optional.of(ours ? placed.labels(names) : images.labels())
            : Optional.empty(),
        notes);
  }

  /**
   * How these images enter: as the user says, or else the card.
   *
   * @param usual the images' own mean and deviation
   * @throws InvalidInputException if nobody says, listing the usual choices
   */
  public ImageTransform transform(ImageSet images, Normalized usual) {
    if (pixels.isPresent()) {
      return pixels
          .get()
          .transform(images.channels(), usual)
          .orElseThrow(
              () ->
                  new InvalidInputException(
                      "--pixels %s: is for %s channels, the images have %s"
                          .formatted(
                              pixels.get().text(), pixels.get().mean().size(), images.channels())));
    }
    return said()
        .map(Normalized::entering)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    ("--network %s: does not say how its pixels were scaled; --pixels"
                            + " must, one of %s")
                        .formatted(network.name(), PixelScale.ALLOWED)));
  }

  private void requireFit(String data, ImageSet images) {
    List<Long> shape = images.shape();
    if (network.takes(shape)) {
      return;
    }
    List<Long> own = network.sampleShape().orElse(List.of());
    boolean otherSize =
        own.size() == shape.size() && own.get(0).equals(shape.get(0)) && side.isEmpty();
    throw new InvalidInputException(
        "--data %s: its images are of shape %s, %s takes %s%s"
            .formatted(
                data,
                shape,
                network.name(),
                own.isEmpty() ? "others" : own.toString(),
                otherSize
                    ? String.format(
                        Locale.ROOT,
                        "; --size %d makes them so, --size %d enters them as they are"
                            + " (some networks are then wrong in silence)",
                        own.get(1),
                        shape.get(1))
                    : ""));
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.learn.dataset.ImageReads.Read;
import dev.collapsar.learn.images.Duplicates;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import dev.collapsar.learn.images.Pixels;
import dev.collapsar.learn.images.SplitTable;
import dev.collapsar.learn.images.SplitTable.Part;
import dev.collapsar.learn.picture.Picture;
import dev.collapsar.learn.picture.PreparedPictures;
import dev.collapsar.random.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Images as JPEG, PNG, WebP or BMP files in a folder, a zip or an uncompressed tar: {@code
 * train/<class>/<image>} with {@code test/} or {@code val/}, or {@code <class>/<image>}, or any way
 * beside a table {@code file,label}. They are grey if every one is, else RGB. They are ordered by
 * class and path, whatever the archive's order: a tar and the folder it was made of give the same
 * data.
 */
public final class ImageFiles implements AutoCloseable {
  private final Path place;
  private final StoredFiles stored;
  private final Arrangement arrangement;

  private ImageFiles(Path place, ImageSorting.Sorted sorted) {
    this.place = place;
    this.stored = sorted.stored();
    this.arrangement = sorted.arrangement();
  }

  /**
   * Lists the images of a folder, a tar or a zip, or of a table beside them.
   *
   * @throws InvalidInputException if there is none, there are fewer than two classes, a half is
   *     missing, a class is empty, or halves have different classes
   */
  public static ImageFiles open(Path place) {
    return new ImageFiles(place, new ImageSorting(place).sorted());
  }

  /**
   * Likewise; empty if the images lie in no halves, stand in no table and are in no class folders.
   *
   * @throws InvalidInputException if they do, and something else is wrong
   */
  public static Optional<ImageFiles> ifSorted(Path place) {
    return new ImageSorting(place).ifAny().map(sorted -> new ImageFiles(place, sorted));
  }

  /** How many images there are in all. */
  public int count() {
    return arrangement.items().size();
  }

  /** Whether it is said of every image what it is for. */
  public boolean isDivided() {
    return arrangement.isDivided();
  }

  /** Likewise, of images as they are. */
  ImageData load(boolean skipUnreadable, int threads, IntConsumer decoded) {
    return load(ImageRequest.of(new Seed(0), threads, decoded).skipping(skipUnreadable));
  }

  /**
   * Reads and decodes all images. Those that do not fit in a third of this JVM's memory lie in a
   * file in its temporary folder, which is gone when the program ends.
   *
   * @throws InvalidInputException naming the file, if an image cannot be read, a class has none
   *     left, or there is no room for all
   */
  public ImageData load(ImageRequest request) {
    // They are copied once.
    return load(request, Runtime.getRuntime().maxMemory() / 3);
  }

  /** With so many bytes in memory. */
  ImageData load(ImageRequest request, long mostBytes) {
    return load(request, mostBytes, this::divided);
  }

  /**
   * Likewise all images, whatever they are for.
   *
   * @throws InvalidInputException naming the file, if an image cannot be read, or there is no room
   *     for all
   */
  public PlacedImages loadAll(ImageRequest request) {
    return load(
        request,
        Runtime.getRuntime().maxMemory() / 3,
        (all, store, size, asked) -> {
          requireAny(all);
          return PlacedImages.of(place, all, store, asked, size, arrangement.notes());
        });
  }

  /** What is made of images that were read, some of which is good. */
  private interface Making<T> {
    T of(List<Read> all, PictureStore store, Optional<Picture.Wanted> size, ImageRequest request);
  }

  private <T> T load(ImageRequest request, long mostBytes, Making<T> making) {
    try (Workers workers = new Workers(request.threads())) {
      ImageSizes sizes = new ImageSizes(stored, arrangement.items());
      AtomicInteger heard = new AtomicInteger();
      boolean mayStay =
          request
              .wanted()
              .map(wanted -> sizes.allStay(wanted, workers))
              .orElseGet(() -> sizes.beginSmall(request.squares()));
      if (mayStay) {
        Optional<T> asTheyAre =
            load(request, Optional.empty(), mostBytes, workers, counted(request, heard), making);
        if (asTheyAre.isPresent()) {
          return asTheyAre.get();
        }
      }
      Optional<Picture.Wanted> size =
          request.wanted().map(Picture.Wanted::alike).or(() -> sizes.common(workers));
      // What was counted already is not counted twice.
      AtomicInteger again = new AtomicInteger(-heard.get());
      return load(request, size, mostBytes, workers, counted(request, again), making).orElseThrow();
    }
  }

  private static IntConsumer counted(ImageRequest request, AtomicInteger heard) {
    return images -> {
      int after = heard.addAndGet(images);
      request.decoded().accept(Math.max(0, Math.min(images, after)));
    };
  }

  /** Empty if the images differ in size. */
  private <T> Optional<T> load(
      ImageRequest request,
      Optional<Picture.Wanted> size,
      long mostBytes,
      Workers workers,
      IntConsumer decoded,
      Making<T> making) {
    try (PictureStore store = new PictureStore(place, count(), mostBytes);
        PreparedPictures prepared = PreparedPictures.in(request.kept())) {
      List<Read> all =
          new ImageReads(stored, arrangement.items(), store, size, prepared).all(workers, decoded);
      if (store.differ()) {
        return Optional.empty();
      }
      List<Read> bad = all.stream().filter(read -> !read.isGood()).toList();
      if (!bad.isEmpty() && !request.skipUnreadable()) {
        throw bad(
            "%s cannot be read: %s (%d of %d images; remove it, or in a run"
                + " data.skip-unreadable=true leaves such out)",
            bad.get(0).item().path(), bad.get(0).problem(), bad.size(), count());
      }
      return Optional.of(making.of(all, store, size, request));
    }
  }

  private ImageData divided(
      List<Read> all, PictureStore store, Optional<Picture.Wanted> size, ImageRequest request) {
    requireAny(all);
    List<Read> good = all.stream().filter(Read::isGood).toList();
    boolean grey = good.stream().allMatch(read -> read.look().grey());
    int channels = request.channels().orElse(grey ? 1 : 3);
    Pixels pixels = store.pixels(good.stream().mapToInt(Read::at).toArray(), channels);
    Division division = Division.of(arrangement, good, pixels, request);
    division.requireLearned(place.toString(), arrangement);
    Sets sets = new Sets(division, all, pixels, channels, size);
    ImageSet train = sets.of(Part.TRAIN);
    ImageSet test = sets.of(Part.TEST);
    SplitTable table = division.table();
    return new ImageData(
        train,
        division.has(Part.VALIDATION) ? Optional.of(sets.of(Part.VALIDATION)) : Optional.empty(),
        test,
        Normalized.by(train),
        all.stream().filter(read -> !read.isGood()).map(ImageFiles::problem).toList(),
        notes(division, size, Duplicates.among(train, test), table, test.count(), channels),
        table);
  }

  private void requireAny(List<Read> all) {
    if (all.stream().noneMatch(Read::isGood)) {
      throw bad("none of its %d images can be read, the first %s", count(), problem(all.get(0)));
    }
  }

  private static String problem(Read read) {
    return read.item().path() + ": " + read.problem();
  }

  private List<String> notes(
      Division division,
      Optional<Picture.Wanted> size,
      Duplicates duplicates,
      SplitTable table,
      int tests,
      int channels) {
    List<Read> good = division.images();
    List<String> notes = new ArrayList<>(arrangement.notes());
    size.ifPresent(wanted -> notes.add(wanted.words()));
    if (table.drawn()) {
      notes.add(
          ("%s images for training, %s for validation and %s for the test; which the seed"
                  + " drew, each class in the same shares%s (splits.csv)")
              .formatted(
                  table.count(Part.TRAIN),
                  table.count(Part.VALIDATION),
                  table.count(Part.TEST),
                  arrangement.isDivided() ? " of the training images" : ""));
    }
    division.dividedGroups().ifPresent(notes::add);
    notes.addAll(PlacedImages.looks(good, count(), channels));
    List<String> files = new ArrayList<>(table.files(Part.TRAIN));
    files.addAll(table.files(Part.TEST));
    notes.addAll(duplicates.sentences(tests, files::get));
    return notes.stream().map(note -> place + ": " + note).toList();
  }

  /** The sets of what was read. */
  private final class Sets {
    private final Division division;
    private final List<Read> all;
    private final Pixels pixels;
    private final int channels;
    private final Optional<Picture.Wanted> size;

    Sets(
        Division division,
        List<Read> all,
        Pixels pixels,
        int channels,
        Optional<Picture.Wanted> size) {
      this.division = division;
      this.all = all;
      this.pixels = pixels;
      this.channels = channels;
      this.size = size;
    }

    ImageSet of(Part part) {
      int[] rows = division.rows(part);
      List<Read> own = new ArrayList<>();
      int[] labels = new int[rows.length];
      for (int i = 0; i < rows.length; i++) {
        own.add(division.images().get(rows[i]));
        labels[i] = arrangement.label(own.get(i).item());
      }
      // What could not be read is a part of the data all the same.
      all.stream()
          .filter(read -> !read.isGood() && read.item().part().equals(Optional.of(part)))
          .forEach(own::add);
      Picture.Look look = division.images().get(0).look();
      String name = division.folder(part);
      ImageSet set =
          new ImageSet(
              place.toAbsolutePath().normalize().getFileName() + "/" + name,
              pixels.subset(rows),
              labels,
              channels,
              look.height(),
              look.width(),
              arrangement.classes(),
              Map.of(name, ImageReads.hash(own)));
      return size.map(wanted -> set.prepared(wanted.how())).orElse(set);
    }
  }

  private InvalidInputException bad(String problem, Object... values) {
    return new InvalidInputException(place + ": " + String.format(Locale.ROOT, problem, values));
  }

  @Override
  public void close() {
    stored.close();
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.learn.images.Duplicates;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Images as JPEG, PNG or WebP files, {@code train/<class>/<image>} and {@code test/<class>/<image>}
 * (or {@code val/}), in a folder or an uncompressed tar. All have one size; they are grey if every
 * one is, else RGB. They are ordered by class and path, whatever the archive's order: a tar and the
 * folder it was made of give the same data.
 */
public final class ImageFiles implements AutoCloseable {
  private static final int CHUNK = 64;

  /**
   * One file as it was read.
   *
   * @param path {@code <split>/<class>/<image>}
   * @param at its place among all pictures
   * @param sha256 null if not even its bytes could be read
   * @param look null if there is a problem
   */
  private record Read(
      String path, int label, int at, String sha256, Picture.Look look, String problem) {}

  private final Path place;
  private final StoredFiles stored;
  private final ClassFolders folders;

  private ImageFiles(Path place, StoredFiles stored) {
    this.place = place;
    this.stored = stored;
    this.folders = ClassFolders.of(place, stored);
  }

  /**
   * Lists the images of a folder or a tar.
   *
   * @throws InvalidInputException if there is none, a split is missing, a class is empty, or train
   *     and test have different classes
   */
  public static ImageFiles open(Path place) {
    StoredFiles stored = StoredFiles.at(place);
    try {
      return new ImageFiles(place, stored);
    } catch (InvalidInputException e) {
      stored.close();
      throw e;
    }
  }

  /** How many images there are, for training and test. */
  public int count() {
    return folders.train().files().size() + folders.test().files().size();
  }

  /**
   * Reads and decodes all images. Those that do not fit in a third of this JVM's memory lie in a
   * file in its temporary folder, which is gone when the program ends.
   *
   * @param skipUnreadable whether an image that cannot be read is left out, and named in {@link
   *     ImageData#leftOut}, rather than refused
   * @param threads that decode
   * @param decoded hears how many images more are done, from several threads
   * @throws InvalidInputException naming the file, if an image cannot be read, images differ in
   *     size, or there is no room for all
   */
  public ImageData load(boolean skipUnreadable, int threads, IntConsumer decoded) {
    // They are copied once.
    return load(skipUnreadable, threads, decoded, Runtime.getRuntime().maxMemory() / 3);
  }

  /** With so many bytes in memory. */
  ImageData load(boolean skipUnreadable, int threads, IntConsumer decoded, long mostBytes) {
    try (PictureStore store = new PictureStore(place, count(), mostBytes);
        Workers workers = new Workers(threads)) {
      List<Read> train = read(folders.train(), 0, store, workers, decoded);
      List<Read> test = read(folders.test(), train.size(), store, workers, decoded);
      List<Read> all = Stream.concat(train.stream(), test.stream()).toList();
      List<Read> good = good(all);
      List<Read> bad = all.stream().filter(read -> read.look == null).toList();
      if (!bad.isEmpty() && !skipUnreadable) {
        throw bad(
            "%s cannot be read: %s (%d of %d images; data.skip-unreadable=true leaves such out)",
            bad.get(0).path, bad.get(0).problem, bad.size(), count());
      }
      requireOneSize(good);
      int channels = good.stream().allMatch(read -> read.look.grey()) ? 1 : 3;
      ImageSet training = set(folders.train().name(), train, store, channels);
      ImageSet testing = set(folders.test().name(), test, store, channels);
      return new ImageData(
          training,
          testing,
          Normalized.by(training),
          bad.stream().map(read -> read.path + ": " + read.problem).toList(),
          notes(good, Duplicates.among(training, testing), testing.count()));
    }
  }

  private static List<Read> good(List<Read> reads) {
    return reads.stream().filter(read -> read.look != null).toList();
  }

  private List<String> notes(List<Read> good, Duplicates duplicates, int tests) {
    List<String> notes = new ArrayList<>(folders.notes());
    long turned = good.stream().filter(read -> read.look.turned()).count();
    if (turned > 0) {
      notes.add("%s of %s images were turned as their EXIF data say".formatted(turned, count()));
    }
    long transparent = good.stream().filter(read -> read.look.transparent()).count();
    if (transparent > 0) {
      notes.add(
          "%s of %s images have transparent pixels, which were put on white"
              .formatted(transparent, count()));
    }
    notes.addAll(duplicates.sentences(tests, row -> good.get(row).path));
    return notes.stream().map(note -> place + ": " + note).toList();
  }

  /**
   * @param first the place of the split's first picture among all
   */
  private List<Read> read(
      ClassFolders.Split split,
      int first,
      PictureStore store,
      Workers workers,
      IntConsumer decoded) {
    int count = split.files().size();
    return workers
        .map(
            (count + CHUNK - 1) / CHUNK,
            chunk -> {
              int to = Math.min(count, (chunk + 1) * CHUNK);
              List<Read> reads = read(split, first, chunk * CHUNK, to, store);
              decoded.accept(reads.size());
              return reads;
            })
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<Read> read(
      ClassFolders.Split split, int first, int from, int to, PictureStore store) {
    List<Read> reads = new ArrayList<>();
    try (ImageDecoder decoder = new ImageDecoder()) {
      MessageDigest sha256 = Checksum.SHA_256.newDigest();
      for (int i = from; i < to; i++) {
        reads.add(read(decoder, sha256, split, i, first + i, store));
      }
    }
    return reads;
  }

  private Read read(
      ImageDecoder decoder,
      MessageDigest sha256,
      ClassFolders.Split split,
      int i,
      int at,
      PictureStore store) {
    int file = split.files().get(i);
    int label = split.labels().get(i);
    String whole = stored.files().get(file);
    String path =
        String.join(
            "/",
            split.name(),
            folders.classes().get(label),
            FolderSorting.composed(whole.substring(whole.lastIndexOf('/') + 1)));
    String hash = null;
    try {
      byte[] bytes = stored.read(file);
      hash = HexFormat.of().formatHex(sha256.digest(bytes));
      Picture picture = decoder.decode(bytes);
      store.put(at, picture);
      return new Read(path, label, at, hash, picture.look(), null);
    } catch (IOException e) {
      return new Read(path, label, at, hash, null, e.getMessage());
    }
  }

  private void requireOneSize(List<Read> good) {
    for (Read read : good) {
      Read first = good.get(0);
      if (!read.look.size().equals(first.look.size())) {
        throw bad(
            "%s is %s (width x height) and %s is %s; all images must have one size",
            first.path, first.look.size(), read.path, read.look.size());
      }
    }
  }

  private ImageSet set(String split, List<Read> reads, PictureStore store, int channels) {
    List<Read> good = good(reads);
    int[] labels = good.stream().mapToInt(Read::label).toArray();
    for (int label = 0; label < folders.classes().size(); label++) {
      int wanted = label;
      if (IntStream.of(labels).noneMatch(found -> found == wanted)) {
        throw bad("no image of %s/%s can be read", split, folders.classes().get(label));
      }
    }
    Picture.Look first = good.get(0).look;
    return new ImageSet(
        place.toAbsolutePath().normalize().getFileName() + "/" + split,
        store.pixels(good.stream().mapToInt(Read::at).toArray(), channels),
        labels,
        channels,
        first.height(),
        first.width(),
        folders.classes(),
        Map.of(split, hash(reads)));
  }

  /**
   * One hash for all: that of the list which {@code sha256sum} prints of the files, in the order of
   * their paths.
   */
  private static String hash(List<Read> reads) {
    MessageDigest sha256 = Checksum.SHA_256.newDigest();
    reads.stream()
        .filter(read -> read.sha256 != null)
        .sorted(Comparator.comparing(Read::path))
        .map(read -> read.sha256 + "  " + read.path + "\n")
        .forEach(line -> sha256.update(line.getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(sha256.digest());
  }

  private InvalidInputException bad(String problem, Object... values) {
    return new InvalidInputException(place + ": " + String.format(Locale.ROOT, problem, values));
  }

  @Override
  public void close() {
    stored.close();
  }
}

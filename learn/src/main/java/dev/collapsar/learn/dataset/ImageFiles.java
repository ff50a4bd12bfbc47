package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
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
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Images as JPEG or PNG files, {@code train/<class>/<image>} and {@code test/<class>/<image>} (or
 * {@code val/}), in a folder or an uncompressed tar. All have one size; they are grey if every one
 * is, else RGB. They are ordered by class and path, whatever the archive's order: a tar and the
 * folder it was made of give the same data.
 */
public final class ImageFiles implements AutoCloseable {
  private static final int CHUNK = 64;
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  /**
   * One file as it was read.
   *
   * @param path {@code <split>/<class>/<image>}
   * @param sha256 null if not even its bytes could be read
   * @param picture null if there is a problem
   */
  private record Read(String path, int label, String sha256, Picture picture, String problem) {}

  private final Path place;
  private final StoredFiles stored;
  private final ClassFolders folders;
  private final long mostBytes = Runtime.getRuntime().maxMemory() / 3; // they are copied once
  private final AtomicLong decodedBytes = new AtomicLong();

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
   * Reads and decodes all images.
   *
   * @param skipUnreadable whether an image that cannot be read is left out, and named in {@link
   *     ImageData#leftOut}, rather than refused
   * @param threads that decode
   * @param decoded hears how many images more are done, from several threads
   * @throws InvalidInputException naming the file, if an image cannot be read, images differ in
   *     size, or all do not fit in memory
   */
  public ImageData load(boolean skipUnreadable, int threads, IntConsumer decoded) {
    List<Read> train;
    List<Read> test;
    try (Workers workers = new Workers(threads)) {
      train = read(folders.train(), workers, decoded);
      test = read(folders.test(), workers, decoded);
    }
    Map<Boolean, List<Read>> good =
        Stream.concat(train.stream(), test.stream())
            .collect(Collectors.partitioningBy(read -> read.picture != null));
    List<Read> bad = good.get(false);
    if (!bad.isEmpty() && !skipUnreadable) {
      throw bad(
          "%s cannot be read: %s (%d of %d images; data.skip-unreadable=true leaves such out)",
          bad.get(0).path, bad.get(0).problem, bad.size(), count());
    }
    requireOneSize(good.get(true));
    int channels = good.get(true).stream().allMatch(read -> read.picture.grey()) ? 1 : 3;
    ImageSet training = set(folders.train().name(), train, channels);
    return new ImageData(
        training,
        set(folders.test().name(), test, channels),
        Normalized.by(training),
        bad.stream().map(read -> read.path + ": " + read.problem).toList());
  }

  private List<Read> read(ClassFolders.Split split, Workers workers, IntConsumer decoded) {
    int count = split.files().size();
    return workers
        .map(
            (count + CHUNK - 1) / CHUNK,
            chunk -> read(split, chunk * CHUNK, Math.min(count, (chunk + 1) * CHUNK), decoded))
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<Read> read(ClassFolders.Split split, int from, int to, IntConsumer decoded) {
    List<Read> reads = new ArrayList<>();
    try (ImageDecoder decoder = new ImageDecoder()) {
      MessageDigest sha256 = Checksum.SHA_256.newDigest();
      for (int i = from; i < to; i++) {
        reads.add(read(decoder, sha256, split, i));
      }
    }
    decoded.accept(to - from);
    return reads;
  }

  private Read read(ImageDecoder decoder, MessageDigest sha256, ClassFolders.Split split, int i) {
    int file = split.files().get(i);
    int label = split.labels().get(i);
    String whole = stored.files().get(file);
    String path =
        String.join(
            "/",
            split.name(),
            folders.classes().get(label),
            whole.substring(whole.lastIndexOf('/') + 1));
    String hash = null;
    try {
      byte[] bytes = stored.read(file);
      hash = HexFormat.of().formatHex(sha256.digest(bytes));
      Picture picture = decoder.decode(bytes);
      requireRoom(picture);
      return new Read(path, label, hash, picture, null);
    } catch (IOException e) {
      return new Read(path, label, hash, null, e.getMessage());
    }
  }

  private void requireRoom(Picture picture) {
    if (decodedBytes.addAndGet(picture.planes().length) > mostBytes) {
      throw bad(
          "its %d images take more than the %d MB of this JVM's memory that they may (-Xmx)",
          count(), mostBytes >> 20);
    }
  }

  private void requireOneSize(List<Read> good) {
    for (Read read : good) {
      Read first = good.get(0);
      if (!read.picture.size().equals(first.picture.size())) {
        throw bad(
            "%s is %s (width x height) and %s is %s; all images must have one size",
            first.path, first.picture.size(), read.path, read.picture.size());
      }
    }
  }

  private ImageSet set(String split, List<Read> reads, int channels) {
    List<Read> good = reads.stream().filter(read -> read.picture != null).toList();
    int[] labels = good.stream().mapToInt(Read::label).toArray();
    for (int label = 0; label < folders.classes().size(); label++) {
      int wanted = label;
      if (IntStream.of(labels).noneMatch(found -> found == wanted)) {
        throw bad("no image of %s/%s can be read", split, folders.classes().get(label));
      }
    }
    Picture first = good.get(0).picture;
    long bytes = (long) good.size() * channels * first.height() * first.width();
    if (bytes > LONGEST_ARRAY) {
      throw bad("%s/ has %d MB of pixels, at most 2047 MB fit in a set", split, bytes >> 20);
    }
    byte[] pixels = new byte[(int) bytes];
    for (int i = 0; i < good.size(); i++) {
      good.get(i).picture.copyTo(pixels, i, channels);
    }
    return new ImageSet(
        place.toAbsolutePath().normalize().getFileName() + "/" + split,
        pixels,
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
    return new InvalidInputException(place + ": " + problem.formatted(values));
  }

  @Override
  public void close() {
    stored.close();
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import dev.collapsar.Sha256;
import dev.collapsar.data.InputFile;
import dev.collapsar.learn.images.ImageData;
import dev.collapsar.learn.images.ImageSet;
import dev.collapsar.learn.images.Normalized;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * CIFAR-10 (Krizhevsky 2009) in its binary version: five files of training images and one of test
 * images, each a sequence of records of 3,073 bytes, the label and then the red, the green and the
 * blue plane, 32 rows of 32. In the official archive, or unpacked.
 */
final class Cifar10 {
  static final String ARCHIVE = "cifar-10-binary.tar.gz";

  private static final List<String> TRAIN =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin");
  private static final List<String> TEST = List.of("test_batch.bin");
  private static final String FOLDER = "cifar-10-batches-bin";
  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  /** What tells the Python and the Matlab version. */
  private static final List<String> OTHERS =
      List.of(
          "data_batch_1",
          "data_batch_1.mat",
          "cifar-10-batches-py",
          "cifar-10-batches-mat",
          "cifar-10-python.tar.gz",
          "cifar-10-matlab.tar.gz");

  private static final int SIDE = 32;
  private static final int PIXELS = 3 * SIDE * SIDE;
  private static final int RECORD = 1 + PIXELS;
  private static final long LARGEST_FILE = 60_000L * RECORD;
  private static final long MOST_UNPACKED = 1L << 30; // the official archive has 184 MB

  private static final int BUFFER = 1 << 16;

  private final Path place;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, String> sha256 = new TreeMap<>();

  private Cifar10(Path place) {
    this.place = place;
  }

  /**
   * Reads the archive, a folder that holds it, the folder of its six files, or the folder above.
   *
   * @throws InvalidInputException if nothing of that kind is there, it is another version than the
   *     binary one, or a file is missing, cut short or has labels beyond 9
   */
  static ImageData load(Path place, Normalized normalized) {
    Cifar10 read = new Cifar10(place);
    if (Files.isDirectory(place)) {
      read.readFolder();
    } else if (Files.isRegularFile(place)) {
      read.readArchive(place);
    } else {
      throw new InvalidInputException(place + ": no such folder or archive");
    }
    return ImageData.of(read.set("train", TRAIN), read.set("test", TEST), normalized);
  }

  /** Whether {@link #load} finds something to read here. */
  static boolean isAt(Path folder) {
    return Files.exists(folder.resolve(ARCHIVE))
        || Files.exists(folder.resolve(TEST.get(0)))
        || Files.exists(folder.resolve(FOLDER).resolve(TEST.get(0)));
  }

  private void readFolder() {
    for (Path folder : List.of(place, place.resolve(FOLDER))) {
      if (Files.exists(folder.resolve(TEST.get(0)))) {
        readFiles(folder);
        return;
      }
    }
    if (Files.exists(place.resolve(ARCHIVE))) {
      readArchive(place.resolve(ARCHIVE));
      return;
    }
    for (String other : OTHERS) {
      if (Files.exists(place.resolve(other))) {
        throw otherVersion(place.resolve(other).toString());
      }
    }
    throw new InvalidInputException(
        "%s: holds neither %s nor %s".formatted(place, ARCHIVE, String.join(", ", all())));
  }

  private void readFiles(Path folder) {
    for (String name : all()) {
      Path file = folder.resolve(name);
      if (!Files.isRegularFile(file)) {
        continue; // said when its set is made
      }
      Sha256 hash = new Sha256();
      try (InputStream in = hash.watch(Files.newInputStream(file))) {
        keep(name, Files.size(file), in);
        sha256.put(name, hash.hex());
      } catch (IOException e) {
        throw InvalidInputException.because(file + ": cannot be read", e);
      }
    }
  }

  private void readArchive(Path archive) {
    InputFile.require(archive);
    Sha256 hash = new Sha256();
    try (InputStream raw =
            new BufferedInputStream(hash.watch(Files.newInputStream(archive)), BUFFER);
        TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(raw, BUFFER))) {
      readEntries(archive, tar);
      raw.transferTo(OutputStream.nullOutputStream()); // the hash is of the whole file
      sha256.put(archive.getFileName().toString(), hash.hex());
    } catch (IOException e) {
      throw InvalidInputException.because(
          archive + ": is no .tar.gz, or a damaged or incomplete one", e);
    } catch (IllegalArgumentException e) {
      // The library meets some damaged headers with an exception of its own making.
      throw new InvalidInputException(
          archive + ": is no .tar.gz, or a damaged or incomplete one: " + e.getMessage(), e);
    }
  }

  private void readEntries(Path archive, TarArchiveInputStream tar) throws IOException {
    long unpacked = 0;
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      unpacked += entry.getSize();
      if (unpacked > MOST_UNPACKED) {
        throw new InvalidInputException(
            "%s: unpacks to more than %s MB, CIFAR-10 has 184"
                .formatted(archive, MOST_UNPACKED >> 20));
      }
      String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
      if (all().contains(name) && entry.isFile()) {
        keep(name, entry.getSize(), tar);
      } else if (OTHERS.contains(name)) {
        throw otherVersion(archive.toString());
      }
    }
  }

  private void keep(String name, long size, InputStream in) throws IOException {
    if (size < 1 || size % RECORD != 0 || size > LARGEST_FILE) {
      throw bad("%s has %d bytes, it must have %d for each of 1..60000 images", name, size, RECORD);
    }
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw bad("%s is cut short: %d of %d bytes", name, bytes.length, size);
    }
    if (files.put(name, bytes) != null) {
      throw bad("%s stands there twice", name);
    }
  }

  private ImageSet set(String split, List<String> names) {
    int count = 0;
    for (String name : names) {
      if (!files.containsKey(name)) {
        throw bad("%s is missing", name);
      }
      count += files.get(name).length / RECORD;
    }
    byte[] pixels = new byte[count * PIXELS];
    int[] labels = new int[count];
    int image = 0;
    for (String name : names) {
      byte[] records = files.get(name);
      for (int at = 0; at < records.length; at += RECORD, image++) {
        labels[image] = Byte.toUnsignedInt(records[at]);
        if (labels[image] >= CLASSES.size()) {
          throw bad("%s: image %d has label %d, labels are 0..9", name, at / RECORD, labels[image]);
        }
        System.arraycopy(records, at + 1, pixels, image * PIXELS, PIXELS);
      }
    }
    Map<String, String> hashes = new TreeMap<>(sha256);
    hashes.keySet().removeIf(file -> all().contains(file) && !names.contains(file));
    return new ImageSet("cifar10/" + split, pixels, labels, 3, SIDE, SIDE, CLASSES, hashes);
  }

  private static List<String> all() {
    List<String> all = new ArrayList<>(TRAIN);
    all.addAll(TEST);
    return all;
  }

  private static InvalidInputException otherVersion(String where) {
    return new InvalidInputException(
        where
            + ": is CIFAR-10's Python or Matlab version, which is not opened (pickles can run"
            + " code); the binary one is read: collapsar data fetch cifar10");
  }

  private InvalidInputException bad(String problem, Object... values) {
    return new InvalidInputException(place + ": " + String.format(Locale.ROOT, problem, values));
  }
}

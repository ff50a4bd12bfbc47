package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * A file of arrays, opened: {@code .npy} (one array), {@code .npz} (a zip of them) or {@code
 * .safetensors}, told apart by what is in it; opening reads the heads alone. Or what an {@link
 * ArrayFormat} unpacks.
 */
public final class ArrayFile implements AutoCloseable {

  private static final int MOST_ARRAYS = 10_000;
  private static final byte[] ZIP = {'P', 'K'};
  private static final byte[] PARQUET = {'P', 'A', 'R', '1'};
  private static final List<ArrayFormat> FORMATS =
      ServiceLoader.load(ArrayFormat.class, ArrayFormat.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private final FileBytes file;
  private final String wanted;
  private final List<StoredArray> arrays = new ArrayList<>();
  private final List<Inflated> inflated = new ArrayList<>();
  private ArrayFormat.Unpacked unpacked; // null where arrays are read as they stand

  private ArrayFile(FileBytes file, String wanted) {
    this.file = file;
    this.wanted = wanted;
  }

  /**
   * Opens {@code FILE} or {@code FILE#NAME}, where the name chooses one of the file's arrays.
   *
   * @throws InvalidInputException if the file is missing or is not a well-formed file of one of
   *     these
   */
  public static ArrayFile open(String address) {
    try {
      int hash = address.lastIndexOf('#');
      boolean named = hash >= 0 && !Files.exists(Path.of(address));
      Path path = Path.of(named ? address.substring(0, hash) : address);
      ArrayFile opened =
          new ArrayFile(FileBytes.open(path), named ? address.substring(hash + 1) : null);
      try {
        opened.readHeads(path);
        return opened;
      } catch (RuntimeException e) {
        opened.close();
        throw e;
      }
    } catch (InvalidPathException e) {
      throw new InvalidInputException("'" + address + "': no path: " + e.getReason(), e);
    }
  }

  private void readHeads(Path path) {
    byte[] start = file.read(0, (int) Math.min(9, file.length()));
    if (startsWith(start, NpyHeader.MAGIC)) {
      NpyHeader header =
          NpyHeader.read(file, "", count -> prefix(0, file.length(), count), file.length());
      String name = path.getFileName().toString().replaceFirst("\\.npy$", "");
      StoredArray.Place place = new StoredArray.Place(file, header.length());
      arrays.add(array(name, header, () -> place));
    } else if (startsWith(start, ZIP)) {
      readMembers(path, start);
    } else if (start.length == 9 && start[8] == '{' || path.toString().endsWith(".safetensors")) {
      SafeTensorsHeader header = SafeTensorsHeader.read(file);
      for (SafeTensorsHeader.Entry entry : header.entries()) {
        arrays.add(StoredArray.of(file, entry, header.dataStart()));
      }
    } else if (!unpack(path, start)) {
      throw file.bad(
          "is no .npy, .npz, .safetensors, .pt, .csv or .parquet file%s",
          startsWith(start, PARQUET)
              ? ", but Parquet, which 'collapsar spark' measures and converts"
              : start.length > 0 && start[0] == (byte) 0x80
                  ? ", it looks like a pickle, which could run anything and is not opened"
                  : start.length == 0 ? ", it is empty" : "");
    }
  }

  /** Whether a format takes the file. */
  private boolean unpack(Path path, byte[] start) {
    for (ArrayFormat format : FORMATS) {
      if (format.isOf(path, start)) {
        unpacked = new ArrayFormat.Unpacked(file);
        format.unpack(path, unpacked);
        arrays.addAll(unpacked.arrays());
        return true;
      }
    }
    return false;
  }

  private void readMembers(Path path, byte[] start) {
    boolean pickle = false;
    for (ZipDirectory.Member member : ZipDirectory.read(file)) {
      pickle |= member.name().endsWith(".pkl");
      if (!member.name().endsWith(".npy")) {
        continue;
      }
      if (arrays.size() == MOST_ARRAYS) {
        throw file.bad("has more than %d arrays", MOST_ARRAYS);
      }
      String name = member.name().substring(0, member.name().length() - ".npy".length());
      arrays.add(
          member.method() == ZipDirectory.STORED ? stored(member, name) : deflated(member, name));
    }
    if (arrays.isEmpty() && !unpack(path, start)) {
      throw file.bad(
          "is a zip file without .npy members%s",
          pickle ? ", it looks like a PyTorch checkpoint, which is not a feature file" : "");
    }
  }

  private StoredArray stored(ZipDirectory.Member member, String name) {
    NpyHeader header =
        NpyHeader.read(
            file, name, count -> prefix(member.dataStart(), member.size(), count), member.size());
    StoredArray.Place place = new StoredArray.Place(file, member.dataStart() + header.length());
    return array(name, header, () -> place);
  }

  private StoredArray deflated(ZipDirectory.Member member, String name) {
    Inflated content = new Inflated(file, member);
    inflated.add(content);
    NpyHeader header = NpyHeader.read(file, name, content::prefix, member.size());
    return array(name, header, () -> new StoredArray.Place(content.unpacked(), header.length()));
  }

  private StoredArray array(String name, NpyHeader header, Supplier<StoredArray.Place> place) {
    return StoredArray.of(
        file, name, header, place, NumpyText.of(header).map(text -> text.in(place)).orElse(null));
  }

  private byte[] prefix(long start, long length, int count) {
    return file.read(start, (int) Math.min(length, count));
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }

  /** All arrays, in the file's order. */
  public List<StoredArray> arrays() {
    return List.copyOf(arrays);
  }

  /** What is to be known of how the file was read, a sentence each. */
  public List<String> notes() {
    return unpacked == null ? List.of() : List.copyOf(unpacked.notes());
  }

  /**
   * The arrays that were asked for: the one named in the address, or all.
   *
   * @throws InvalidInputException if there is none of that name
   */
  public List<StoredArray> wanted() {
    return wanted == null ? arrays() : List.of(named());
  }

  /**
   * A classifier's weights, (K, D) real numbers: the array named in the address if any; else the
   * only one there is, or the only one with a usual name such as {@code weight} or {@code
   * fc.weight}, or the only one of a fitting type and shape.
   *
   * @throws InvalidInputException if there is no such array or several, with the names and shapes
   *     that there are
   */
  public StoredArray weights() {
    return find(ArrayRole.WEIGHTS);
  }

  /**
   * The weights of a classifier that reads features of this width.
   *
   * @throws InvalidInputException if they are for another, or transposed
   */
  public StoredArray weightsFor(int width) {
    StoredArray array = weights();
    long[] shape = array.shape();
    if (shape[1] != width) {
      throw array.bad(
          "%s: features are %d wide, so weights are (classes, %d)%s",
          array, width, width, shape[0] == width ? "; these look transposed, save weights.T" : "");
    }
    return array;
  }

  /** A classifier's bias, (K) real numbers, found likewise. */
  public StoredArray bias() {
    return find(ArrayRole.BIAS);
  }

  /** Features, (N, D) or (N, T, D) real numbers, found likewise. */
  public StoredArray features() {
    return find(ArrayRole.FEATURES);
  }

  /** Real numbers (N, ...) of any number of dimensions, found as {@link #features}. */
  public StoredArray maps() {
    return find(ArrayRole.MAPS);
  }

  /**
   * Labels, found likewise: integers, real numbers or text of shape (N,), or with one dimension
   * more: tokens, or one-hot rows.
   */
  public StoredArray labels() {
    return find(ArrayRole.LABELS);
  }

  private StoredArray find(ArrayRole role) {
    try {
      return wanted == null ? role.find(file, arrays) : role.check(named());
    } catch (InvalidInputException e) {
      // What was left out of the file may be what is missed.
      throw notes().isEmpty()
          ? e
          : new InvalidInputException(e.getMessage() + "; " + String.join("; ", notes()), e);
    }
  }

  private StoredArray named() {
    return arrays.stream()
        .filter(array -> array.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                file.bad(
                    "has no array '%s'; there are: %s%s",
                    wanted, ArrayRole.listing(arrays), unpacked == null ? "" : unpacked.hint()));
  }

  @Override
  public void close() {
    inflated.forEach(Inflated::close);
    if (unpacked != null) {
      unpacked.close();
    }
    file.close();
  }
}

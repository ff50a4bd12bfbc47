package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Arrays on their way from files into one file of the format that its name says. Every number
 * arrives as it was, with one exception: numpy knows no bfloat16, so it becomes float32 of the same
 * value there. Little-endian and row-major, whatever it was before. Streamed: the memory it takes
 * does not depend on the arrays.
 */
public final class ArrayConversion implements AutoCloseable {
  private enum Format {
    NPY,
    NPZ,
    SAFETENSORS;

    static Format of(Path target) {
      String name = target.getFileName() == null ? "" : target.getFileName().toString();
      for (Format format : values()) {
        if (name.endsWith("." + format.name().toLowerCase(java.util.Locale.ROOT))) {
          return format;
        }
      }
      throw new InvalidInputException(
          target + ": the name of what is written must end in .npy, .npz or .safetensors");
    }

    ElementType stored(ElementType type) {
      return this != SAFETENSORS && type == ElementType.BF16 ? ElementType.F32 : type;
    }
  }

  private final List<ArrayFile> files = new ArrayList<>();
  private final Map<String, StoredArray> arrays = new java.util.LinkedHashMap<>();
  private final Path target;
  private final Format format;

  private ArrayConversion(Path target) {
    this.target = target;
    this.format = Format.of(target);
  }

  /**
   * Opens the sources and checks that they can become the target.
   *
   * @param sources {@code FILE} for all of its arrays or {@code FILE#NAME} for one of them; the
   *     array of a .npy file has the name of the file
   * @throws InvalidInputException if a source cannot be read, two arrays have one name, there are
   *     several for a .npy, or an array holds text, objects or another type that is not read
   */
  public static ArrayConversion open(List<String> sources, Path target) {
    ArrayConversion conversion = new ArrayConversion(target);
    try {
      for (String source : sources) {
        ArrayFile file = ArrayFile.open(source);
        conversion.files.add(file);
        file.wanted().forEach(conversion::add);
      }
      if (conversion.format == Format.NPY && conversion.arrays.size() != 1) {
        throw new InvalidInputException(
            "%s: a .npy file holds one array, choose it as FILE#NAME; there are: %s"
                .formatted(target, ArrayRole.listing(conversion.arrays())));
      }
      return conversion;
    } catch (RuntimeException e) {
      conversion.close();
      throw e;
    }
  }

  private void add(StoredArray array) {
    if (array.type() == null) {
      throw array
          .file()
          .bad(
              "%s: such elements cannot be converted, choose other arrays as FILE#NAME%s",
              array, array.objectAdvice());
    }
    array.requireRowMajorOrTwoDimensions();
    if (format == Format.NPZ && !ZipDirectory.isHarmless(array.name())
        || format == Format.SAFETENSORS && array.name().equals(SafeTensorsHeader.METADATA)) {
      throw array.file().bad("array '%s' cannot have this name in %s", array.name(), target);
    }
    if (arrays.put(array.name(), array) != null) {
      throw array.file().bad("array '%s' comes twice, choose one as FILE#NAME", array.name());
    }
  }

  /** What will be written, in the order it was found. */
  public List<StoredArray> arrays() {
    return List.copyOf(arrays.values());
  }

  /** The bytes of all elements, for {@link #run}'s progress. */
  public long bytes() {
    return arrays.values().stream().mapToLong(this::bytes).sum();
  }

  private long bytes(StoredArray array) {
    return Shapes.bytes(array.shape(), format.stored(array.type()));
  }

  /**
   * Writes the target, under a temporary name until it is whole.
   *
   * @param replace whether a file of that name may be replaced
   * @param progress is told after each part how many bytes of elements were written since the last
   * @throws InvalidInputException if the target exists and must not be replaced, or its folder does
   *     not exist
   */
  public void run(boolean replace, LongConsumer progress) {
    if (!replace && Files.exists(target)) {
      throw new InvalidInputException(
          target + ": exists already and is replaced only when asked to (--force)");
    }
    NewFile.writeChannel(
        target,
        out -> {
          switch (format) {
            case NPY -> writeNpy(out, progress);
            case NPZ -> writeNpz(out, progress);
            case SAFETENSORS -> writeSafeTensors(out, progress);
          }
        });
  }

  private byte[] npyHead(StoredArray array) {
    return NpyHeader.format(format.stored(array.type()), array.shape());
  }

  private void writeNpy(FileChannel out, LongConsumer progress) throws IOException {
    StoredArray array = arrays().get(0);
    NewFile.writeFully(out, ByteBuffer.wrap(npyHead(array)));
    writeElements(array, bytes -> NewFile.writeFully(out, bytes), progress);
  }

  private void writeNpz(FileChannel out, LongConsumer progress) throws IOException {
    ZipWriter zip = new ZipWriter(out);
    for (StoredArray array : arrays.values()) {
      byte[] head = npyHead(array);
      ZipWriter.Member member = zip.member(array.name() + ".npy", head.length + bytes(array));
      member.write(ByteBuffer.wrap(head));
      writeElements(array, member::write, progress);
    }
    zip.finish();
  }

  private void writeSafeTensors(FileChannel out, LongConsumer progress) throws IOException {
    List<SafeTensorsHeader.Entry> entries =
        SafeTensorsHeader.place(
            arrays.values().stream()
                .map(
                    array ->
                        SafeTensorsHeader.Entry.unplaced(array.name(), array.type(), array.shape()))
                .toList());
    NewFile.writeFully(out, ByteBuffer.wrap(SafeTensorsHeader.format(entries, Map.of())));
    for (SafeTensorsHeader.Entry entry : entries) {
      writeElements(arrays.get(entry.name()), bytes -> NewFile.writeFully(out, bytes), progress);
    }
  }

  private void writeElements(StoredArray array, ElementBytes.Sink out, LongConsumer progress)
      throws IOException {
    ElementType stored = format.stored(array.type());
    new ElementBytes(array)
        .forEach(
            part -> {
              ByteBuffer bytes = stored == array.type() ? part : ElementBytes.widened(part);
              progress.accept(bytes.remaining());
              out.accept(bytes);
            });
  }

  @Override
  public void close() {
    files.forEach(ArrayFile::close);
  }
}

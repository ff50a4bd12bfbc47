package dev.collapsar.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A .npy file that is written as its elements come, for arrays that never are in one place. Not
 * under its name only when whole: that is for {@link ArrayConversion}, which takes it from there.
 * And arrays of ours, as a .npz file.
 */
public final class NpyOutput implements AutoCloseable {
  private final Path file;
  private final FileChannel out;
  private long missing;

  /**
   * An array in memory.
   *
   * @param elements row-major and little-endian
   */
  public record Named(String name, ElementType type, long[] shape, ByteBuffer elements) {
    /** Of doubles. */
    public static Named of(String name, double[] values, long... shape) {
      ByteBuffer bytes = buffer(values.length * Double.BYTES);
      bytes.asDoubleBuffer().put(values);
      return new Named(name, ElementType.F64, shape, bytes);
    }

    /** Of integers, (n). */
    public static Named of(String name, int[] values) {
      ByteBuffer bytes = buffer(values.length * Integer.BYTES);
      bytes.asIntBuffer().put(values);
      return new Named(name, ElementType.I32, new long[] {values.length}, bytes);
    }

    /** One integer, (). */
    public static Named of(String name, long value) {
      return new Named(
          name, ElementType.I64, new long[0], buffer(Long.BYTES).putLong(value).flip());
    }

    /** Of truth values, (n). */
    public static Named of(String name, boolean[] values) {
      ByteBuffer bytes = buffer(values.length);
      for (boolean value : values) {
        bytes.put((byte) (value ? 1 : 0));
      }
      return new Named(name, ElementType.BOOL, new long[] {values.length}, bytes.flip());
    }

    private static ByteBuffer buffer(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /**
   * Writes arrays as numpy.savez does, under the file's name only when it is whole; the same arrays
   * give the same bytes.
   *
   * @throws dev.collapsar.InvalidInputException if it cannot be written
   */
  public static void writeNpz(Path target, List<Named> arrays) {
    NewFile.writeChannel(
        target,
        out -> {
          ZipWriter zip = new ZipWriter(out);
          for (Named array : arrays) {
            byte[] head = NpyHeader.format(array.type, array.shape);
            ZipWriter.Member member =
                zip.member(array.name + ".npy", head.length + (long) array.elements.remaining());
            member.write(ByteBuffer.wrap(head));
            member.write(array.elements.duplicate());
          }
          zip.finish();
        });
  }

  /** What an array of a .npz file will be. */
  public record Head(String name, ElementType type, long... shape) {}

  /** The arrays of a .npz file that is being written. */
  public static final class Growing {
    private final Map<String, ZipWriter.Member> members = new LinkedHashMap<>();

    private Growing() {}

    /** An array's next elements, row-major and little-endian. */
    public void append(String name, ByteBuffer elements) {
      try {
        members.get(name).write(elements);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Writes arrays of any size as numpy.savez does, under the file's name only when it is whole:
   * their types and shapes are settled first, then their elements come in parts.
   *
   * @throws dev.collapsar.InvalidInputException if it cannot be written
   * @throws IllegalStateException if more or fewer elements come than the shapes have
   */
  public static void writeNpz(Path target, List<Head> heads, Consumer<Growing> body) {
    NewFile.writeChannel(
        target,
        out -> {
          ZipWriter zip = new ZipWriter(out);
          Growing growing = new Growing();
          for (Head head : heads) {
            byte[] start = NpyHeader.format(head.type, head.shape);
            ZipWriter.Member member =
                zip.member(head.name + ".npy", start.length + Shapes.bytes(head.shape, head.type));
            member.write(ByteBuffer.wrap(start));
            growing.members.put(head.name, member);
          }
          try {
            body.accept(growing);
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
          zip.finish();
        });
  }

  /** A new file for an array of this type and shape; one of that name is replaced. */
  public NpyOutput(Path file, ElementType type, long... shape) throws IOException {
    this.file = file;
    missing = Shapes.bytes(shape, type);
    out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    NewFile.writeFully(out, ByteBuffer.wrap(NpyHeader.format(type, shape)));
  }

  /** The next elements, row-major and little-endian. */
  public void write(ByteBuffer elements) throws IOException {
    missing -= elements.remaining();
    NewFile.writeFully(out, elements);
  }

  /**
   * @throws IllegalStateException if more or fewer elements have come than the shape has
   */
  @Override
  public void close() throws IOException {
    out.close();
    if (missing != 0) {
      throw new IllegalStateException(
          "%s: %s bytes of elements are missing".formatted(file, missing));
    }
  }
}

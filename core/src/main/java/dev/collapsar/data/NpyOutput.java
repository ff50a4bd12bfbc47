package dev.collapsar.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A .npy file that is written as its elements come, for arrays that never are in one place. Not
 * under its name only when whole: that is for {@link ArrayConversion}, which takes it from there.
 */
public final class NpyOutput implements AutoCloseable {
  private final Path file;
  private final FileChannel out;
  private long missing;

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

package dev.collapsar.learn.images;

import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pixels in a mapped file of our own, which has no name any more when it is read: nobody cuts it
 * short, and nothing is left of it when the program ends, however it ends. Every image has a place
 * of {@code stride} bytes, of which it fills the first {@code imageSize}.
 */
public final class PixelFile extends Pixels {
  private static final int SEGMENT = 1 << 30;

  private final int count;
  private final int imageSize;
  private final int stride;
  private final int imagesASegment;
  private final List<MappedByteBuffer> segments;

  /** A file that is being filled, by several threads at once. */
  public static final class Writer implements AutoCloseable {
    private final FileChannel channel;
    private final int stride;

    private Writer(FileChannel channel, int stride) {
      this.channel = channel;
      this.stride = stride;
    }

    /**
     * Makes the file.
     *
     * @param stride bytes that an image has at most
     */
    public static Writer in(Path folder, int stride) throws IOException {
      Path file = Files.createTempFile(folder, "collapsar-pixels", ".u8");
      // On POSIX systems the name goes at once, elsewhere when the channel closes.
      return new Writer(FileChannel.open(file, READ, WRITE, DELETE_ON_CLOSE), stride);
    }

    /** Puts the image into its place. */
    public void write(int row, byte[] image) throws IOException {
      ByteBuffer rest = ByteBuffer.wrap(image);
      for (long at = (long) row * stride; rest.hasRemaining(); ) {
        at += channel.write(rest, at);
      }
    }

    /**
     * What was written, with so many places; those that nothing was written to are black.
     *
     * @param imageSize bytes of an image, at most the stride
     */
    public PixelFile pixels(int count, int imageSize) throws IOException {
      // A place must not lie beyond the end, where reading would end the process.
      if (channel.size() < (long) count * stride) {
        channel.write(ByteBuffer.allocate(1), (long) count * stride - 1);
      }
      return new PixelFile(channel, count, imageSize, stride);
    }

    @Override
    public void close() throws IOException {
      channel.close(); // what is mapped stays
    }
  }

  private PixelFile(FileChannel channel, int count, int imageSize, int stride) throws IOException {
    this.count = count;
    this.imageSize = imageSize;
    this.stride = stride;
    this.imagesASegment = SEGMENT / stride;
    this.segments = new ArrayList<>();
    long end = (long) count * stride;
    long segment = (long) imagesASegment * stride;
    for (long from = 0; from < end; from += segment) {
      segments.add(channel.map(MapMode.READ_ONLY, from, Math.min(segment, end - from)));
    }
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int imageSize() {
    return imageSize;
  }

  @Override
  public void copy(int row, byte[] target, int at) {
    segments.get(row / imagesASegment).get(row % imagesASegment * stride, target, at, imageSize);
  }
}

package dev.collapsar.learn.images;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Images of one size that are made once, when they are first asked for: in memory where all find
 * room there, else in a file of our own. Used by several threads at once.
 */
abstract sealed class KeptPixels {
  /** Of this JVM's memory: there may be several such sets. */
  private static final int SHARE_OF_MEMORY = 8;

  /** Of what the disk has left: it is not ours alone. */
  private static final int SHARE_OF_DISK = 2;

  /** A place for so many images, or one that keeps nothing where there is no room. */
  static KeptPixels room(int count, int imageSize) {
    long bytes = (long) count * imageSize;
    if (bytes <= Runtime.getRuntime().maxMemory() / SHARE_OF_MEMORY) {
      return new InMemory(count);
    }
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    return bytes <= folder.toFile().getUsableSpace() / SHARE_OF_DISK
        ? InFile.in(folder, count, imageSize)
        : new Nowhere();
  }

  /** Copies image {@code row} into {@code target} from {@code at} on, if it is there. */
  abstract boolean copy(int row, byte[] target, int at);

  abstract void put(int row, byte[] image);

  private static final class InMemory extends KeptPixels {
    private final AtomicReferenceArray<byte[]> images;

    InMemory(int count) {
      images = new AtomicReferenceArray<>(count);
    }

    @Override
    boolean copy(int row, byte[] target, int at) {
      byte[] image = images.get(row);
      if (image == null) {
        return false;
      }
      System.arraycopy(image, 0, target, at, image.length);
      return true;
    }

    @Override
    void put(int row, byte[] image) {
      images.set(row, image);
    }
  }

  static final class InFile extends KeptPixels {
    private final Path folder;
    private final PixelFile.Writer writer;
    private final PixelFile file;
    private final AtomicIntegerArray written;
    private int missing;

    private InFile(Path folder, PixelFile.Writer writer, int count, int imageSize)
        throws IOException {
      this.folder = folder;
      this.writer = writer;
      this.file = writer.pixels(count, imageSize);
      this.written = new AtomicIntegerArray(count);
      this.missing = count;
    }

    static InFile in(Path folder, int count, int imageSize) {
      try {
        return new InFile(folder, PixelFile.Writer.in(folder, imageSize), count, imageSize);
      } catch (IOException e) {
        throw unkept(folder, e);
      }
    }

    @Override
    boolean copy(int row, byte[] target, int at) {
      boolean there = written.get(row) == 1;
      if (there) {
        file.copy(row, target, at);
      }
      return there;
    }

    @Override
    void put(int row, byte[] image) {
      synchronized (written) { // once each: the last one closes the file, and its mapping stays
        if (written.get(row) == 1) {
          return;
        }
        try {
          writer.write(row, image);
          written.set(row, 1);
          if (--missing == 0) {
            writer.close();
          }
        } catch (IOException e) {
          throw unkept(folder, e);
        }
      }
    }

    private static InvalidInputException unkept(Path folder, IOException e) {
      return InvalidInputException.because(
          folder + ": resized images cannot be kept there (-Djava.io.tmpdir names another place)",
          e);
    }
  }

  private static final class Nowhere extends KeptPixels {
    @Override
    boolean copy(int row, byte[] target, int at) {
      return false;
    }

    @Override
    void put(int row, byte[] image) {}
  }
}

package dev.collapsar.run;

import dev.collapsar.InvalidInputException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a file so that its name never stands for half of it. */
public final class AtomicFile {
  /** Writes a file's content into a stream, which is buffered and not the body's to close. */
  @FunctionalInterface
  public interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes to a temporary name beside {@code file}, flushes it to the disk and renames it over
   * {@code file}. Whatever stood there stays until then, and for good if the body fails.
   *
   * @throws InvalidInputException if the place cannot be written: no such directory, no permission,
   *     no space
   */
  public static void write(Path file, Body body) {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      try {
        try (FileChannel channel =
            FileChannel.open(
                temporary,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          body.writeTo(out);
          out.flush();
          channel.force(true);
        }
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new InvalidInputException(file + " cannot be written: " + reason(e), e);
    }
  }

  /** An I/O failure in words, without the path that the exception's message repeats. */
  static String reason(IOException e) {
    return e instanceof FileSystemException failure && failure.getReason() != null
        ? failure.getReason()
        : e.getClass().getSimpleName() + (e.getMessage() == null ? "" : " " + e.getMessage());
  }
}

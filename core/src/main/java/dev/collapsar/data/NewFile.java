package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file that appears under its name only when it is whole. */
final class NewFile {
  /** Writes a file's content. */
  interface Content {
    void writeTo(FileChannel out) throws IOException;
  }

  private NewFile() {}

  /**
   * Writes beside the target under a temporary name, flushes to the disk, and renames; on failure
   * nothing is left and an older file of that name is untouched.
   *
   * @throws InvalidInputException if it cannot be written: no such folder, no permission, no space
   */
  static void write(Path target, Content content) {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidInputException(target + ": cannot be written, there is no folder " + folder);
    }
    if (Files.isDirectory(target)) {
      throw new InvalidInputException(target + ": cannot be written, it is a folder");
    }
    Path partial =
        folder.resolve("." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    partial.toFile().deleteOnExit(); // an interruption ends the JVM without the block below
    try {
      try (FileChannel out =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE)) {
        content.writeTo(out);
        out.force(true);
      }
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      String reason =
          e instanceof FileSystemException failure && failure.getReason() != null
              ? failure.getReason()
              : e.getMessage();
      throw new InvalidInputException(target + ": cannot be written: " + reason, e);
    } finally {
      deleteIfLeft(partial);
    }
  }

  static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void deleteIfLeft(Path partial) {
    try {
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      throw new UncheckedIOException(partial + ": " + e.getMessage(), e);
    }
  }
}

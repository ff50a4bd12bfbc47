package dev.collapsar.run;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second process out of a run directory. The operating system holds the lock and lets go of
 * it when the process ends, however it ends; the file says which process it is.
 */
final class RunLock implements AutoCloseable {
  static final String NAME = ".lock";

  /** Behind the process's number, so that others can read that. */
  private static final long LOCKED_BYTE = 1 << 20;

  private final Path file;
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Locks the directory, which exists.
   *
   * @throws InvalidInputException if another process has it, or this one already
   */
  static RunLock take(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    String self = Long.toString(ProcessHandle.current().pid());
    while (true) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!lock(channel)) {
        channel.close();
        throw new InvalidInputException(
            "run directory %s is in use by process %s; wait for it, or choose another directory"
                .formatted(directory, owner(file)));
      }
      channel.truncate(0).write(ByteBuffer.wrap(self.getBytes(StandardCharsets.UTF_8)), 0);
      if (owner(file).equals(self)) {
        return new RunLock(file, channel);
      }
      channel.close(); // the one before removed the file between our opening and locking it
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another run of this process
    }
  }

  private static String owner(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return ""; // its run ended just now
    }
  }

  /**
   * Removes the file while it is locked, then lets go. In a directory that has become read-only the
   * file stays; it keeps nobody out.
   */
  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(file);
    } catch (FileSystemException e) {
      // Said already when the run could not write there; what it leaves here means nothing.
    } finally {
      channel.close();
    }
  }
}

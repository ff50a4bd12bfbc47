package dev.collapsar.run;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a second process out of a run directory. The operating system holds the lock and lets go of
 * it when the process ends, however it ends; the file says which process it is.
 *
 * <p>On Linux a process loses its lock on a file when it closes any descriptor of it. So the file
 * is read and written through the locking channel alone, and a directory that this process has is
 * refused before its file is opened again.
 */
final class RunLock implements AutoCloseable {
  static final String NAME = ".lock";

  /** Behind the process's number, so that others can read that. */
  private static final long LOCKED_BYTE = 1 << 20;

  /** What a file says that was removed: who opened it before holds the lock of no directory. */
  private static final String REMOVED = "removed";

  private static final int MOST_BYTES = 64;
  private static final int LOOKS = 100;
  private static final long LOOK_MILLISECONDS = 10;
  private static final long WAIT_MILLISECONDS = 100;

  /** The directories that this process has. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final Path file;
  private final FileChannel channel;

  private RunLock(Path directory, Path file, FileChannel channel) {
    this.directory = directory;
    this.file = file;
    this.channel = channel;
  }

  /** A lock, or who has it. */
  private record Attempt(RunLock lock, String owner) {}

  /**
   * Locks the directory, which exists.
   *
   * @throws InvalidInputException if another process has it, or this one already
   */
  static RunLock take(Path directory) throws IOException {
    return take(directory, LockWait.none());
  }

  /**
   * Locks the directory, which exists, as soon as nobody else has it.
   *
   * @throws InvalidInputException if it is not let go of in time
   */
  static RunLock take(Path directory, LockWait wait) throws IOException {
    long begun = wait.clock().mark();
    boolean told = false;
    for (; ; ) {
      Attempt attempt = attempt(directory);
      if (attempt.lock != null) {
        return attempt.lock;
      }
      double waited = wait.clock().secondsSince(begun);
      if (waited >= wait.seconds()) {
        throw inUse(directory, attempt.owner);
      }
      if (waited >= LockWait.MOMENT_SECONDS && !told) {
        wait.told()
            .accept(
                "waiting for %s, which has %s, for at most %s s"
                    .formatted(process(attempt.owner), directory, Math.round(wait.seconds())));
        told = true;
      }
      pause(WAIT_MILLISECONDS);
    }
  }

  private static Attempt attempt(Path directory) throws IOException {
    Path real = directory.toRealPath();
    if (!HELD.add(real)) {
      return new Attempt(null, self());
    }
    Attempt attempt = null;
    try {
      attempt = attempt(directory, real);
      return attempt;
    } finally {
      if (attempt == null || attempt.lock == null) {
        HELD.remove(real);
      }
    }
  }

  /** Whether this process or another one of this machine has the directory. */
  static boolean isHeld(Path directory) {
    try {
      if (HELD.contains(directory.toRealPath())) {
        return true; // asked first: reading the file would let go of our own lock on it
      }
      String owner = Files.readString(directory.resolve(NAME));
      return isAlive(owner);
    } catch (IOException e) {
      return false;
    }
  }

  private static Attempt attempt(Path directory, Path real) throws IOException {
    Path file = directory.resolve(NAME);
    for (int look = 1; ; look++) {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      Attempt attempt = null;
      try {
        if (channel.tryLock(LOCKED_BYTE, 1, false) != null) {
          if (!content(channel).equals(REMOVED) && Files.exists(file)) {
            say(channel, self());
            attempt = new Attempt(new RunLock(real, file, channel), null);
            return attempt;
          }
        } else {
          String owner = content(channel);
          if (isAlive(owner) || look >= LOOKS) {
            return new Attempt(null, owner);
          }
          pause(LOOK_MILLISECONDS); // it has it and says so in a moment, or is about to let go
        }
      } finally {
        if (attempt == null) {
          channel.close();
        }
      }
    }
  }

  private static InvalidInputException inUse(Path directory, String owner) {
    return new InvalidInputException(
        "run directory %s is in use by %s; wait for it, or choose another directory"
            .formatted(directory, process(owner)));
  }

  private static String process(String owner) {
    return owner.isEmpty() ? "another process" : "process " + owner;
  }

  private static String self() {
    return Long.toString(ProcessHandle.current().pid());
  }

  private static boolean isAlive(String owner) {
    return owner.matches("\\d{1,18}") && ProcessHandle.of(Long.parseLong(owner)).isPresent();
  }

  private static void pause(long milliseconds) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while it was waited for", e);
    }
  }

  private static String content(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
    int read = channel.read(bytes, 0);
    return new String(bytes.array(), 0, Math.max(read, 0), StandardCharsets.UTF_8);
  }

  private static void say(FileChannel channel, String text) throws IOException {
    channel.truncate(0).write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  /**
   * Removes the file while it is locked, then lets go. In a directory that has become read-only the
   * file stays; it keeps nobody out.
   */
  @Override
  public void close() throws IOException {
    try {
      Files.deleteIfExists(file);
      say(channel, REMOVED);
    } catch (FileSystemException e) {
      // Said already when the run could not write there; what it leaves here means nothing.
    } finally {
      channel.close();
      HELD.remove(directory);
    }
  }
}

package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Brings a file here: into {@code <name>.part} first, which a later attempt goes on with, and under
 * its name only when it is whole and has the hash that it must have.
 */
public final class Fetch {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Hears how much has arrived. */
  public interface Listener {
    /**
     * @param total -1 while it is not known
     */
    void received(long bytes, long total);
  }

  private final Download wanted;
  private final String from;
  private final Path target;
  private final Path part;
  private final Duration pause;
  private final Listener listener;

  Fetch(Download wanted, String from, Path folder, Duration pause, Listener listener) {
    this.wanted = wanted;
    this.from = from == null ? wanted.address() : from;
    this.target = folder.resolve(wanted.file());
    this.part = folder.resolve(wanted.file() + ".part");
    this.pause = pause;
    this.listener = listener;
  }

  /**
   * Fetches what these data need.
   *
   * @param from a file or an http(s) address that has it; null for its owners' address
   * @param folder where it is put, made if need be
   * @return the file
   * @throws InvalidInputException if the data have nothing to fetch; if it cannot be reached, broke
   *     off (its part is kept), or has another hash (nothing is kept); or if the folder cannot be
   *     written or another process is fetching into it
   */
  public static Path into(Path folder, NamedImages data, String from, Listener listener) {
    Download wanted =
        data.download()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s: there is nothing to fetch: %s"
                            .formatted(data.key(), data.whereabouts(folder))));
    return new Fetch(wanted, from, folder, PAUSE, listener).run();
  }

  Path run() {
    if (isThere()) {
      return target;
    }
    boolean isFile = !from.contains("://");
    if (isFile && !Files.isRegularFile(Path.of(from))) {
      throw new InvalidInputException("--from %s: no such file".formatted(from));
    }
    HttpTransfer transfer = isFile ? null : new HttpTransfer(from, pause, listener);
    try {
      Files.createDirectories(target.toAbsolutePath().getParent());
      try (FileChannel out = openPart()) {
        requireAlone(out);
        // Another process may have finished just before it let go.
        if (!isThere()) {
          fill(out, transfer);
        }
      }
      return target;
    } catch (IOException e) {
      throw InvalidInputException.because(target + ": cannot be written", e);
    }
  }

  private boolean isThere() {
    if (Files.exists(target)) {
      requireHash(target, target.toString(), "delete it to fetch it again");
      return true;
    }
    return false;
  }

  private void fill(FileChannel out, HttpTransfer transfer) throws IOException {
    try {
      if (transfer == null) {
        copy(out);
      } else {
        download(transfer, out);
      }
      out.force(true);
      finish();
    } finally {
      if (out.size() == 0) {
        Files.deleteIfExists(part);
      }
    }
  }

  private FileChannel openPart() throws IOException {
    return FileChannel.open(
        part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** The lock is let go when the channel closes. */
  private void requireAlone(FileChannel out) throws IOException {
    try {
      // Behind all bytes, for systems where a lock keeps readers out too.
      if (out.tryLock(Long.MAX_VALUE - 1, 1, false) != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // Held by this very process: said below.
    }
    throw new InvalidInputException(part + ": is being fetched already");
  }

  private void copy(FileChannel out) throws IOException {
    Path file = Path.of(from);
    out.truncate(0);
    try (InputStream in = Files.newInputStream(file)) {
      HttpTransfer.append(in, out, Files.size(file), listener);
    }
  }

  private void download(HttpTransfer transfer, FileChannel out) throws IOException {
    try {
      transfer.appendTo(out);
    } catch (HttpTransfer.BrokenOff e) {
      String kept =
          "; %s bytes are kept in %s, the same command goes on from there"
              .formatted(out.size(), part);
      throw new InvalidInputException(
          "%s: %s%s".formatted(from, e.getMessage(), out.size() > 0 ? kept : ""), e);
    }
  }

  private void finish() throws IOException {
    try {
      requireHash(part, from, "nothing of it is kept");
    } catch (InvalidInputException e) {
      Files.delete(part);
      throw e;
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private void requireHash(Path file, String origin, String consequence) {
    String found;
    try {
      found = Download.md5Of(file);
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
    if (!found.equals(wanted.md5())) {
      throw new InvalidInputException(
          "%s: has MD5 %s, that of %s is %s; %s"
              .formatted(origin, found, wanted.file(), wanted.md5(), consequence));
    }
  }
}

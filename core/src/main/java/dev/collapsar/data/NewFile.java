package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A file that appears under its name only when it is whole. */
public final class NewFile {
  /** Writes a file's content into a stream, which is buffered and not the body's to close. */
  @FunctionalInterface
  public interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file's content. */
  @FunctionalInterface
  interface Content {
    void writeTo(FileChannel out) throws IOException;
  }

  private static final String PARTIAL = ".collapsar.part";
  private static final Pattern OURS = Pattern.compile("\\..+\\.\\d+\\.collapsar\\.part");
  private static final int LONGEST_NAME = 50; // of 255 bytes, at most four a character

  private NewFile() {}

  /**
   * Writes beside the target under a temporary name, flushes to the disk, and renames; on failure
   * nothing is left and an older file of that name is untouched.
   *
   * @throws InvalidInputException if it cannot be written: no such folder, no permission, no space
   */
  public static void write(Path target, Body body) {
    writeChannel(
        target,
        channel -> {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          body.writeTo(out);
          out.flush();
        });
  }

  /**
   * Refuses what cannot become a file, before work is done for it.
   *
   * @throws InvalidInputException if its folder does not exist, or it is one, or a pipe, a device
   *     or a link to nothing
   */
  public static void requirePlace(Path target) {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidInputException(target + ": cannot be written, there is no folder " + folder);
    }
    if (Files.isDirectory(target)) {
      throw new InvalidInputException(target + ": cannot be written, it is a folder");
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(target)) {
      throw new InvalidInputException(
          target + ": cannot be written, it is no regular file and would be replaced by one");
    }
  }

  /**
   * Refuses what will not fit, before a library writes it that does not survive a full disk.
   *
   * @param bytes that it takes
   * @throws InvalidInputException if its disk has fewer left
   */
  public static void requireRoom(Path target, long bytes) {
    requirePlace(target);
    try {
      long left = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
      if (bytes > left) {
        throw new InvalidInputException(
            "%s: cannot be written, it takes %s MB and its disk has %s MB left"
                .formatted(target, (bytes + (1 << 20) - 1) >> 20, left >> 20));
      }
    } catch (IOException e) {
      throw InvalidInputException.because(target + ": cannot be written", e);
    }
  }

  /** The file itself, where the target is a link to one. */
  private static Path linked(Path target) throws IOException {
    return Files.isSymbolicLink(target) ? target.toRealPath() : target;
  }

  /** As {@link #write}, for content of any size that is written in parts or at positions. */
  static void writeChannel(Path target, Content content) {
    requirePlace(target);
    Path file;
    try {
      file = linked(target);
    } catch (IOException e) {
      throw InvalidInputException.because(target + ": cannot be written", e);
    }
    Path partial = partial(file);
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
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw InvalidInputException.because(target + ": cannot be written", e);
    } finally {
      deleteIfLeft(partial);
    }
  }

  /**
   * As {@link #write}, by something that makes a file of its own: under the target's name, in a
   * temporary folder beside it.
   *
   * @param maker is given where; what it throws leaves nothing
   * @return what the maker returns
   */
  public static <T> T writtenAside(Path target, Function<Path, T> maker) {
    requirePlace(target);
    try {
      Path file = linked(target).toAbsolutePath();
      Path aside = partial(file);
      try {
        remove(aside); // of a killed process that had the same number
        Files.createDirectories(aside);
        Path made = aside.resolve(file.getFileName());
        aside.toFile().deleteOnExit(); // last, since what is registered later goes first
        made.toFile().deleteOnExit();
        T result = maker.apply(made);
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return result;
      } finally {
        remove(aside);
      }
    } catch (IOException e) {
      throw InvalidInputException.because(target + ": cannot be written", e);
    }
  }

  /**
   * Where a file or folder is written before it gets its name: {@code .NAME.PROCESS.collapsar.part}
   * beside the target, no longer than systems allow even where the target's name is.
   */
  public static Path partial(Path target) {
    String name = target.getFileName().toString();
    String own =
        name.length() <= LONGEST_NAME
            ? name
            : name.substring(0, LONGEST_NAME) + Integer.toHexString(name.hashCode());
    return target.resolveSibling("." + own + "." + ProcessHandle.current().pid() + PARTIAL);
  }

  static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /**
   * Whether this is what a process of ours leaves of a file or folder that it was killed over while
   * writing. Other programs' hidden or partial files are not.
   */
  public static boolean isPartial(Path file) {
    return OURS.matcher(file.getFileName().toString()).matches();
  }

  /**
   * Removes a file, or a folder with all that is in it, if it is there.
   *
   * @throws IOException if it cannot be removed
   */
  public static void remove(Path fileOrFolder) throws IOException {
    if (!Files.exists(fileOrFolder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(fileOrFolder)) {
      for (Path inside : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(inside);
      }
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

package dev.collapsar.data;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A file that somebody wants read, looked at before anything waits for it or is made of it. */
public final class InputFile {
  private InputFile() {}

  /**
   * Refuses what is not the file that was meant.
   *
   * @throws InvalidInputException if there is no such file, it may not be read, it is no regular
   *     file (a pipe would block for ever, a device never end), or something stands in for it: a
   *     Git LFS pointer, a web page
   */
  public static void require(Path file) {
    FileBytes.requireReadable(file);
    try (InputStream in = Files.newInputStream(file)) {
      StandIn.in(in.readNBytes(StandIn.BYTES))
          .ifPresent(
              what -> {
                throw new InvalidInputException(file + ": " + what);
              });
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  /**
   * What stands in for the file that begins so: a Git LFS pointer, a web page; empty if nothing
   * does.
   */
  public static Optional<String> standIn(byte[] start) {
    return StandIn.in(Arrays.copyOf(start, Math.min(start.length, StandIn.BYTES)));
  }

  /**
   * All of a file that is never long.
   *
   * @param most so many bytes at most
   * @throws InvalidInputException as {@link #require}, or if it is longer
   */
  public static byte[] bytes(Path file, int most) {
    require(file);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw new InvalidInputException(
            "%s: has %s bytes, such a file has at most %s".formatted(file, Files.size(file), most));
      }
      return bytes;
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }
}

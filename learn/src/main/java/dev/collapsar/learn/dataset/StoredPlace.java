package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Where files are stored: a folder or an archive. */
final class StoredPlace {
  private StoredPlace() {}

  /**
   * A folder, a tar or a zip.
   *
   * @throws InvalidInputException if there is none, or it is no archive, or a path in it leads out
   */
  static StoredFiles at(Path place) {
    if (Files.isDirectory(place)) {
      return FolderFiles.of(place);
    }
    if (!Files.exists(place)) {
      throw new InvalidInputException(place + ": no such folder, .tar or .zip");
    }
    if (!Files.isRegularFile(place) || !Files.isReadable(place)) {
      throw new InvalidInputException(
          place + ": is no folder and no .tar or .zip that may be read");
    }
    return isZip(place) ? ZipFiles.of(place) : TarFiles.of(place);
  }

  private static boolean isZip(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(2), new byte[] {'P', 'K'});
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }
}

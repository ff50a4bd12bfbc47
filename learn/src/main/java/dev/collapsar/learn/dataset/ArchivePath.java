package dev.collapsar.learn.dataset;

import dev.collapsar.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Names of archives' entries. */
final class ArchivePath {
  private ArchivePath() {}

  /**
   * The entry's path without a leading {@code ./} or a slash at the end.
   *
   * @throws InvalidInputException if it leads out of the archive
   */
  static String inside(Path archive, String name) {
    List<String> parts = new ArrayList<>();
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        throw bad(archive, name, "leads out of the archive");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    if (name.startsWith("/") || name.indexOf('\\') >= 0) {
      throw bad(archive, name, "must be a relative path with slashes");
    }
    return String.join("/", parts);
  }

  static InvalidInputException bad(Path archive, String entry, String problem) {
    return new InvalidInputException("%s: entry %s %s".formatted(archive, entry, problem));
  }
}

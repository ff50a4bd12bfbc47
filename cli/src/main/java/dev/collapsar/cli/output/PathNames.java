package dev.collapsar.cli.output;

import java.nio.file.Path;
import java.util.List;

/** Short names for paths that are shown side by side. */
public final class PathNames {
  private PathNames() {}

  /** Each path's last part, or the whole path where another's last part is the same. */
  public static List<String> of(List<Path> paths) {
    List<String> lasts = paths.stream().map(PathNames::last).toList();
    return paths.stream()
        .map(
            path -> {
              String last = last(path);
              return lasts.stream().filter(last::equals).count() == 1 ? last : path.toString();
            })
        .toList();
  }

  private static String last(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? path.toString() : last.toString();
  }
}

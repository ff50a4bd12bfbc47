package dev.collapsar.learn.dataset;

import java.nio.file.Path;

/** Where data lie that do not come with the program. */
public final class DataFolder {
  private DataFolder() {}

  /** {@code $XDG_CACHE_HOME/collapsar}, or {@code ~/.cache/collapsar} where that is not set. */
  public static Path usual() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path caches =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return caches.resolve("collapsar");
  }
}

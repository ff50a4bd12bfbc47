package dev.collapsar.data;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Files that the libraries of others wrote; see make_goldens.py beside them. */
final class Goldens {
  private Goldens() {}

  static Path file(String name) {
    try {
      return Path.of(Goldens.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.collapsar.spark;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

/** What other people's code computes: the test resources in core's {@code golden}. */
final class Golden {
  private Golden() {}

  /** The golden file or folder of this name, as its README has it. */
  static Path path(String name) {
    URL found = Golden.class.getResource("/golden/" + name);
    if (found == null) {
      throw new AssertionError("the test resources hold no golden/" + name);
    }
    try {
      return Path.of(found.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}

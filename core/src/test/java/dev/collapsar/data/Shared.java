package dev.collapsar.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The reference data beside the checkout; tests that need it are skipped where it is absent. */
final class Shared {
  private Shared() {}

  /** The file or folder of this name under {@code shared}, or the test ends here, skipped. */
  static Path path(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared").resolve(name);
      if (Files.exists(found)) {
        return found;
      }
    }
    Assumptions.abort("no shared/" + name + " beside the checkout");
    return null;
  }
}

package dev.collapsar.learn;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files of others that lie beside the checkout, not in it. */
public final class SharedFiles {
  private SharedFiles() {}

  /** What {@code shared/golden/<name>} is; without it the test is skipped. */
  public static Path golden(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path golden = at.resolve("shared/golden");
      if (Files.isDirectory(golden)) {
        Path file = golden.resolve(name);
        assumeTrue(Files.exists(file), file + " is not there");
        return file;
      }
    }
    assumeTrue(false, "no folder shared/golden beside the checkout");
    throw new IllegalStateException("unreachable");
  }
}

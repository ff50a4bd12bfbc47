package dev.collapsar.learn;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files of others that lie beside the checkout, not in it. */
public final class SharedFiles {
  private SharedFiles() {}

  /** What {@code shared/data/<name>} is; without it the test is skipped. */
  public static Path data(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path shared = at.resolve("shared/data");
      if (Files.isDirectory(shared)) {
        Path file = shared.resolve(name);
        assumeTrue(Files.exists(file), file + " is not there");
        return file;
      }
    }
    assumeTrue(false, "no folder shared/data beside the checkout");
    throw new IllegalStateException("unreachable");
  }
}

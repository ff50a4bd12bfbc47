package dev.collapsar.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Does a little of everything once, so that the launcher can keep the classes it took in an
 * archive.
 */
final class Warmup {
  private Warmup() {}

  /** Runs the commands on next to no data, in a temporary directory that it removes. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("collapsar-warmup");
    try {
      String out = directory.resolve("run").toString();
      Collapsar.commandLine().execute("--help");
      Collapsar.commandLine().execute("list");
      Collapsar.commandLine().execute("run", "--help");
      Collapsar.commandLine()
          .execute(
              "run",
              "domain-shift",
              "--quick",
              "--out",
              out,
              "--set",
              "base.samples=256",
              "--set",
              "base.epochs=1",
              "--set",
              "target.samples=256",
              "--set",
              "target.epochs=1",
              "--set",
              "test.samples=256");
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}

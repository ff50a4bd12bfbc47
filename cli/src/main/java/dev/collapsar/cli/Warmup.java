package dev.collapsar.cli;

import dev.collapsar.board.Board;
import dev.collapsar.board.BoardServer;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
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
      measure(directory);
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
              "adapt.samples=256",
              "--set",
              "adapt.epochs=1",
              "--set",
              "test.samples=256");
      String page = directory.resolve("board.html").toString();
      Collapsar.commandLine().execute("board", directory.toString(), "--out", page);
      serve(directory);
      Collapsar.commandLine().execute("study", directory.toString());
      Collapsar.commandLine().execute("diff", out, out);
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** The command itself serves until it is interrupted. */
  private static void serve(Path directory) throws IOException {
    try (BoardServer server = BoardServer.start(new Board(directory), 0);
        InputStream page = server.address().toURL().openStream()) {
      page.readAllBytes();
    }
  }

  private static void measure(Path directory) {
    String features = directory.resolve("features.safetensors").toString();
    String set = directory.resolve("set.npz").toString();
    SafeTensors.write(
        Path.of(features),
        Map.of(
            "features", StoredTensor.of(new float[] {1, 0, 2, 0, 0, 1, 0, 2, 3, 3, 3, 4}, 6, 2),
            "labels", StoredTensor.of(new int[] {0, 0, 1, 1, 2, 2}, 6),
            "weights", StoredTensor.of(new float[] {1, 0, 0, 1, 1, 1}, 3, 2)),
        Map.of());
    Collapsar.commandLine().execute("convert", features + "#features", features + "#labels", set);
    for (String format : new String[] {"table", "json", "csv"}) {
      Collapsar.commandLine()
          .execute(
              "measure",
              "--features",
              set,
              "--weights",
              features + "#weights",
              "--metrics",
              "all",
              "--format",
              format);
    }
  }
}

package dev.collapsar.spark;

import dev.collapsar.data.LabeledBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Measures next to nothing, so that the launcher can keep the classes it took in an archive. */
final class Warmup {
  private Warmup() {}

  /** Runs in a temporary directory that it removes. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("collapsar-warmup");
    try {
      Path data = directory.resolve("set.parquet");
      try (OutputStream out = Files.newOutputStream(data);
          ParquetOutput parquet = new ParquetOutput(out, false, true)) {
        float[] features = {1, 0, 2, 0, 0, 1, 0, 2, 3, 3, 3, 4};
        parquet.write(LabeledBatch.of(features, new int[] {0, 0, 1, 1, 2, 2}, 0, 6, 2));
      }
      CollapsarSpark.commandLine().execute("measure", "--features", data.toString());
      CollapsarSpark.commandLine()
          .execute("convert", data.toString(), directory.resolve("set.npz").toString());
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}

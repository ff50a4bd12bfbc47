package dev.collapsar.bench;

import dev.collapsar.data.ArrayConversion;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.features.FeatureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One pass over features (60,000 x 512, float32) in the page cache, by kind of file. The limit is
 * {@code memory}: the same pass over an array, which is a copy at the memory's own bandwidth.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class FeatureReadBenchmark {
  private static final int ROWS = 60_000;
  private static final int WIDTH = 512;

  @Param({"memory", "npy", "npz", "safetensors"})
  public String origin;

  private Path folder;
  private FeatureTable table;

  @Setup
  public void write() throws IOException {
    float[] values = new float[ROWS * WIDTH];
    int[] labels = new int[ROWS];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = i % 10;
      values[i * WIDTH] = i;
    }
    folder = Files.createTempDirectory("features");
    if (origin.equals("memory")) {
      table = FeatureArray.of(values, labels, WIDTH);
      return;
    }
    Path set = folder.resolve("set.safetensors");
    SafeTensors.write(
        set,
        Map.of(
            "features", StoredTensor.of(values, ROWS, WIDTH),
            "labels", StoredTensor.of(labels, ROWS)),
        Map.of());
    table =
        switch (origin) {
          case "npz" -> FeatureFile.open(converted(set, "set.npz"));
          case "npy" ->
              FeatureFile.open(
                  converted(Path.of(set + "#features"), "features.npy"),
                  converted(Path.of(set + "#labels"), "labels.npy"));
          default -> FeatureFile.open(set.toString());
        };
  }

  private String converted(Path source, String name) {
    Path target = folder.resolve(name);
    try (ArrayConversion conversion = ArrayConversion.open(List.of(source.toString()), target)) {
      conversion.run(false, bytes -> {});
    }
    return target.toString();
  }

  @TearDown
  public void delete() throws IOException {
    table.close();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Benchmark
  public double pass() {
    double sum = 0;
    try (BatchSource source = table.read(512)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        sum += batch.floats()[0] + batch.labels()[0];
      }
    }
    return sum;
  }
}

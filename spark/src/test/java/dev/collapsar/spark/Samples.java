package dev.collapsar.spark;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.data.LabeledBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Clustered features. Their sums round, so that equal bytes of a result mean an equal order of
 * summation.
 */
record Samples(float[] features, int[] labels, int width) {
  static Samples of(int rows, int classes, int width, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] features = new float[rows * width];
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(classes);
      for (int j = 0; j < width; j++) {
        float centre = (labels[i] * 31 + j * 17) % 13 - 6;
        features[i * width + j] = centre + (float) random.nextDouble(-1, 1);
      }
    }
    return new Samples(features, labels, width);
  }

  int rows() {
    return labels.length;
  }

  /** As a folder of so many Parquet files. */
  void write(Path folder, int files) {
    try {
      Files.createDirectories(folder);
      for (int f = 0; f < files; f++) {
        int from = (int) ((long) rows() * f / files);
        int to = (int) ((long) rows() * (f + 1) / files);
        Path file = folder.resolve(String.format(Locale.ROOT, "part-%05d.parquet", f));
        try (OutputStream out = Files.newOutputStream(file);
            ParquetOutput parquet = new ParquetOutput(out, false, true)) {
          parquet.write(LabeledBatch.of(features, labels, from, from, to - from, width));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For the measurement of one process. */
  FeatureArray table() {
    return FeatureArray.of(features, labels, width);
  }
}

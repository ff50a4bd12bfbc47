package dev.collapsar.bench;

import dev.collapsar.data.FeatureArray;
import dev.collapsar.linalg.Matrix;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Gaussian clusters and a classifier near their means. */
record SyntheticFeatures(FeatureArray table, Matrix weights, int classes) {
  static SyntheticFeatures of(int rows, int width, int classes) {
    float[] means = gaussians(classes, width, 1);
    float[] values = gaussians(rows, width, 2);
    float[] noise = gaussians(classes, width, 3);
    int[] labels = new int[rows];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            i -> {
              labels[i] = i % classes;
              for (int j = 0; j < width; j++) {
                values[i * width + j] =
                    1 + means[labels[i] * width + j] + 0.5f * values[i * width + j];
              }
            });
    double[] weights = new double[means.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (means[i] + 0.3 * noise[i]) / width;
    }
    return new SyntheticFeatures(
        FeatureArray.of(values, labels, width), Matrix.of(classes, width, weights), classes);
  }

  /** Sums of twelve uniform numbers less six: near enough, and quick. */
  private static float[] gaussians(int rows, int width, long seed) {
    float[] values = new float[rows * width];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            i -> {
              SplittableRandom random = new SplittableRandom(seed << 32 | i);
              for (int j = 0; j < width; j++) {
                double sum = -6;
                for (int k = 0; k < 12; k += 2) {
                  long bits = random.nextLong();
                  sum += (bits >>> 40) * 0x1p-24 + (bits & 0xffffff) * 0x1p-24;
                }
                values[i * width + j] = (float) sum;
              }
            });
    return values;
  }
}

package dev.collapsar.tensorboard;

import java.util.ArrayList;
import java.util.List;

/**
 * How values are spread, in buckets of equal width from the least to the largest.
 *
 * @param limits the upper end of each bucket, ascending
 * @param counts how many values lie in each
 */
record Histogram(
    double least,
    double largest,
    long count,
    double sum,
    double sumOfSquares,
    List<Double> limits,
    List<Double> counts) {
  private static final int BUCKETS = 30;

  /** Of the finite ones among the values; the others are left out. */
  static Histogram of(float[] values) {
    double least = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    long count = 0;
    double sum = 0;
    double sumOfSquares = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        least = Math.min(least, value);
        largest = Math.max(largest, value);
        count++;
        sum += value;
        sumOfSquares += (double) value * value;
      }
    }
    if (count == 0) {
      return new Histogram(0, 0, 0, 0, 0, List.of(), List.of());
    }
    int buckets = least == largest ? 1 : BUCKETS;
    double width = (largest - least) / buckets;
    long[] counts = new long[buckets];
    for (float value : values) {
      if (Float.isFinite(value)) {
        counts[width == 0 ? 0 : Math.min(buckets - 1, (int) ((value - least) / width))]++;
      }
    }
    List<Double> limits = new ArrayList<>();
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; i < buckets; i++) {
      limits.add(i == buckets - 1 ? largest : least + (i + 1) * width);
      numbers.add((double) counts[i]);
    }
    return new Histogram(least, largest, count, sum, sumOfSquares, limits, numbers);
  }
}

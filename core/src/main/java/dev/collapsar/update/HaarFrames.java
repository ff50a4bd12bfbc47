package dev.collapsar.update;

import dev.collapsar.linalg.Matrix;
import java.util.SplittableRandom;

/**
 * Orthonormal rows in uniformly drawn directions: the first rows of a Haar-distributed rotation.
 */
final class HaarFrames {
  private HaarFrames() {}

  /** Gaussian rows (r,D), made orthonormal in turn (twice, which is enough for rounding). */
  static Matrix draw(int r, int width, SplittableRandom random) {
    double[] rows = new double[r * width];
    for (int j = 0; j < r; j++) {
      for (int d = 0; d < width; d++) {
        rows[j * width + d] = random.nextGaussian();
      }
      for (int again = 0; again < 2; again++) {
        for (int i = 0; i < j; i++) {
          addMultiple(rows, j * width, -dot(rows, i * width, j * width, width), i * width, width);
        }
      }
      double length = Math.sqrt(dot(rows, j * width, j * width, width));
      for (int d = 0; d < width; d++) {
        rows[j * width + d] /= length;
      }
    }
    return Matrix.of(r, width, rows);
  }

  private static double dot(double[] rows, int a, int b, int width) {
    double sum = 0;
    for (int d = 0; d < width; d++) {
      sum += rows[a + d] * rows[b + d];
    }
    return sum;
  }

  private static void addMultiple(double[] rows, int to, double factor, int from, int width) {
    for (int d = 0; d < width; d++) {
      rows[to + d] += factor * rows[from + d];
    }
  }
}

package dev.collapsar.metric;

import dev.collapsar.data.FeatureArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Samples as rows, for the slow way, and as a table, for the other. */
final class Sample {
  final double[][] x;
  final int[] y;

  private Sample(double[][] x, int[] y) {
    this.x = x;
    this.y = y;
  }

  /** Single precision values around class means that are the seed's own; labels unevenly drawn. */
  static Sample clusters(
      int rows, int width, int classes, double spread, double offset, long meanSeed, long seed) {
    Random means = new Random(meanSeed);
    double[][] centres = new double[classes][width];
    for (double[] centre : centres) {
      for (int j = 0; j < width; j++) {
        centre[j] = offset + means.nextGaussian();
      }
    }
    Random random = new Random(seed);
    int[] labels = new int[rows];
    double[][] values = new double[rows][width];
    for (int i = 0; i < rows; i++) {
      labels[i] = i < classes ? i : Math.min(random.nextInt(classes), random.nextInt(classes));
      for (int j = 0; j < width; j++) {
        values[i][j] = (float) (centres[labels[i]][j] + spread * random.nextGaussian());
      }
    }
    return new Sample(values, labels);
  }

  static Sample of(int[] labels, double[]... rows) {
    return new Sample(rows, labels);
  }

  List<double[]> of(int label) {
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < y.length; i++) {
      if (y[i] == label) {
        rows.add(x[i]);
      }
    }
    return rows;
  }

  /** The first rows as one array. */
  float[] floatsOfFirst(int rows) {
    float[] values = new float[rows * x[0].length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) x[i / x[0].length][i % x[0].length];
    }
    return values;
  }

  FeatureArray floats() {
    return FeatureArray.of(floatsOfFirst(x.length), y, x[0].length);
  }

  FeatureArray doubles() {
    double[] values = new double[x.length * x[0].length];
    for (int i = 0; i < values.length; i++) {
      values[i] = x[i / x[0].length][i % x[0].length];
    }
    return FeatureArray.of(values, y, x[0].length);
  }
}

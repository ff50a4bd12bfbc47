package dev.collapsar.calibration;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import java.util.List;

/**
 * Class sums of centred rows under many labellings, in one pass over the features for all of them.
 *
 * <p>Each row is added to the sum of its class: a product with the labels' indicators would take K
 * times as many operations. Columns are taken in tiles, so that a tile of the sums of one labelling
 * stays in the first cache and one of the rows in the second.
 */
final class ClassSums {
  private static final int ROWS = 512;
  private static final int TILE = 256;

  private final FeatureTable features;
  private final LabelledRows rows;
  private final double[] centre;
  private final int classes;
  private final Workers workers;

  ClassSums(
      FeatureTable features, LabelledRows rows, double[] centre, int classes, Workers workers) {
    this.features = features;
    this.rows = rows;
    this.centre = centre;
    this.classes = classes;
    this.workers = workers;
  }

  /**
   * Sums of some labellings.
   *
   * @param sums for each labelling S (K,D): the sums of the centred rows
   * @param squares for each labelling A (K): the sums of their squared lengths
   * @param fourth of all rows, whatever their labels, the sum of the fourth powers of their lengths
   */
  record Sums(double[][] sums, double[][] squares, double fourth) {}

  Sums of(List<int[]> labellings) {
    int draws = labellings.size();
    double[][] sums = new double[draws][classes * centre.length];
    double[][] lengths = new double[draws][classes];
    double fourth = 0;
    int tile = Math.min(TILE, (centre.length + workers.threads() - 1) / workers.threads());
    int tiles = (centre.length + tile - 1) / tile;
    int first = 0;
    try (BatchSource source = features.read(ROWS)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        LabeledBatch current = batch;
        int[] taken = rows.of(batch);
        int from = first;
        List<Order> orders =
            workers.map(draws, d -> Order.of(labellings.get(d), from, taken.length, classes));
        List<double[]> squares =
            workers.map(tiles, t -> add(current, taken, t * tile, tile, orders, sums));
        double[] all = total(squares, taken.length);
        addSquares(all, orders, lengths);
        for (double square : all) {
          fourth += square * square;
        }
        first += taken.length;
      }
    }
    return new Sums(sums, lengths, fourth);
  }

  /**
   * The rows of a batch by class.
   *
   * @param rows their offsets, class by class
   * @param ends where each class's end (K)
   */
  private record Order(int[] rows, int[] ends) {
    static Order of(int[] labels, int first, int count, int classes) {
      int[] at = new int[classes + 1];
      for (int i = 0; i < count; i++) {
        at[labels[first + i] + 1]++;
      }
      for (int k = 0; k < classes; k++) {
        at[k + 1] += at[k];
      }
      int[] rows = new int[count];
      for (int i = 0; i < count; i++) {
        rows[at[labels[first + i]]++] = i;
      }
      return new Order(rows, at);
    }
  }

  /** Adds a tile of columns, and gives back the part of each row's square that lies in it. */
  private double[] add(
      LabeledBatch batch, int[] taken, int from, int most, List<Order> orders, double[][] sums) {
    int width = Math.min(most, centre.length - from);
    double[][] values = new double[taken.length][width];
    double[] squares = new double[taken.length];
    for (int i = 0; i < taken.length; i++) {
      centred(batch, taken[i], from, centre, values[i]);
      for (double value : values[i]) {
        squares[i] += value * value;
      }
    }
    double[] sum = new double[width];
    for (int d = 0; d < sums.length; d++) {
      Order order = orders.get(d);
      int start = 0;
      for (int k = 0; k < classes; k++) {
        if (order.ends()[k] > start) {
          int at = k * centre.length + from;
          System.arraycopy(sums[d], at, sum, 0, width);
          addRows(values, order.rows(), start, order.ends()[k], sum);
          System.arraycopy(sum, 0, sums[d], at, width);
        }
        start = order.ends()[k];
      }
    }
    return squares;
  }

  /** Four rows at a time, so that the sum is loaded and stored once for four. */
  private static void addRows(double[][] values, int[] rows, int from, int to, double[] sum) {
    int i = from;
    for (; i + 3 < to; i += 4) {
      add(sum, values[rows[i]], values[rows[i + 1]], values[rows[i + 2]], values[rows[i + 3]]);
    }
    for (; i < to; i++) {
      add(sum, values[rows[i]]);
    }
  }

  // Loops of one result over few arrays, all read from their beginning: what the compiler of Java
  // 17 turns into vector instructions.

  private static void add(double[] sum, double[] a, double[] b, double[] c, double[] d) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += a[j] + b[j] + (c[j] + d[j]);
    }
  }

  private static void add(double[] sum, double[] a) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += a[j];
    }
  }

  private static double[] total(List<double[]> parts, int rows) {
    double[] total = new double[rows];
    for (double[] part : parts) {
      for (int i = 0; i < rows; i++) {
        total[i] += part[i];
      }
    }
    return total;
  }

  private void addSquares(double[] squares, List<Order> orders, double[][] to) {
    for (int d = 0; d < to.length; d++) {
      Order order = orders.get(d);
      int i = 0;
      for (int k = 0; k < classes; k++) {
        for (; i < order.ends()[k]; i++) {
          to[d][k] += squares[order.rows()[i]];
        }
      }
    }
  }

  /** Columns {@code from} on of a row less the centre, as many as there is room for. */
  static void centred(LabeledBatch batch, int row, int from, double[] centre, double[] to) {
    int start = (batch.start() + row) * batch.width() + from;
    if (batch.isDouble()) {
      double[] x = batch.doubles();
      for (int j = 0; j < to.length; j++) {
        to[j] = x[start + j] - centre[from + j];
      }
    } else {
      float[] x = batch.floats();
      for (int j = 0; j < to.length; j++) {
        to[j] = x[start + j] - centre[from + j];
      }
    }
  }
}

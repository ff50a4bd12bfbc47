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
  private static final int TILE = 128;

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
   */
  record Sums(double[][] sums, double[][] squares) {}

  Sums of(List<int[]> labellings) {
    int draws = labellings.size();
    Sums sums = new Sums(new double[draws][classes * centre.length], new double[draws][classes]);
    int tile = Math.min(TILE, (centre.length + workers.threads() - 1) / workers.threads());
    int tiles = (centre.length + tile - 1) / tile;
    int first = 0;
    try (BatchSource source = features.read(ROWS)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        LabeledBatch current = batch;
        int[] taken = rows.of(batch);
        int from = first;
        List<double[]> squares =
            workers.map(
                tiles, t -> add(current, taken, from, t * tile, tile, labellings, sums.sums()));
        addSquares(total(squares, taken.length), from, labellings, sums.squares());
        first += taken.length;
      }
    }
    return sums;
  }

  /** Adds a tile of columns, and gives back the part of each row's square that lies in it. */
  private double[] add(
      LabeledBatch batch,
      int[] taken,
      int first,
      int from,
      int most,
      List<int[]> labellings,
      double[][] sums) {
    int width = Math.min(most, centre.length - from);
    double[] values = new double[taken.length * width];
    double[] squares = new double[taken.length];
    for (int i = 0; i < taken.length; i++) {
      centred(batch, taken[i], from, centre, values, i * width, width);
      for (int j = i * width; j < (i + 1) * width; j++) {
        squares[i] += values[j] * values[j];
      }
    }
    double[] held = new double[classes * width];
    for (int d = 0; d < sums.length; d++) {
      gather(sums[d], from, width, held);
      addRows(values, taken.length, width, labellings.get(d), first, held);
      scatter(held, from, width, sums[d]);
    }
    return squares;
  }

  private static void addRows(
      double[] values, int rows, int width, int[] labels, int first, double[] held) {
    for (int i = 0; i < rows; i++) {
      int to = labels[first + i] * width;
      int at = i * width;
      for (int j = 0; j < width; j++) {
        held[to + j] += values[at + j];
      }
    }
  }

  private void gather(double[] sums, int from, int width, double[] held) {
    for (int k = 0; k < classes; k++) {
      System.arraycopy(sums, k * centre.length + from, held, k * width, width);
    }
  }

  private void scatter(double[] held, int from, int width, double[] sums) {
    for (int k = 0; k < classes; k++) {
      System.arraycopy(held, k * width, sums, k * centre.length + from, width);
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

  private static void addSquares(
      double[] squares, int first, List<int[]> labellings, double[][] to) {
    for (int d = 0; d < to.length; d++) {
      int[] labels = labellings.get(d);
      for (int i = 0; i < squares.length; i++) {
        to[d][labels[first + i]] += squares[i];
      }
    }
  }

  /** Columns {@code from} on of a row less the centre. */
  static void centred(
      LabeledBatch batch, int row, int from, double[] centre, double[] to, int at, int width) {
    int start = (batch.start() + row) * batch.width() + from;
    if (batch.isDouble()) {
      double[] x = batch.doubles();
      for (int j = 0; j < width; j++) {
        to[at + j] = x[start + j] - centre[from + j];
      }
    } else {
      float[] x = batch.floats();
      for (int j = 0; j < width; j++) {
        to[at + j] = x[start + j] - centre[from + j];
      }
    }
  }
}

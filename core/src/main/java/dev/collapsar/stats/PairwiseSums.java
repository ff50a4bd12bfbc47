package dev.collapsar.stats;

import dev.collapsar.compute.Workers;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.DoubleBlock;
import dev.collapsar.linalg.Matrix;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Kernels over all pairs {@code i < j} of the rows of a matrix (K,D), in square tiles: K^2 D
 * operations, and memory for the rows and one tile a thread, never for K x K values. The tiles are
 * summed up in their own order, whatever thread took them.
 *
 * <p>Distances come from products: ||u - v||^2 = ||u||^2 + ||v||^2 - 2 u.v. Where that cancels more
 * than four digits they are taken from the differences of the rows.
 */
public final class PairwiseSums {
  /** ||u - v||^2 relative to ||u||^2 + ||v||^2 below which the products' rounding is too much. */
  private static final double CANCELS = 1e-4;

  private final Matrix rows;
  private final double[] norms;
  private final List<PairwiseKernel> kernels;
  private final int tile;
  private final Blas blas;
  private final LongConsumer watcher;

  private PairwiseSums(
      Matrix rows, List<PairwiseKernel> kernels, int tile, Blas blas, LongConsumer watcher) {
    this.rows = rows;
    this.kernels = kernels;
    this.tile = Math.min(tile, rows.rows());
    this.blas = blas;
    this.watcher = watcher;
    norms = rowNorms(rows);
  }

  /** A summary for each kernel, of K(K-1)/2 pairs. */
  public static List<PairStatistics> of(
      Matrix rows, List<PairwiseKernel> kernels, int tile, Blas blas, Workers workers) {
    return of(rows, kernels, tile, blas, workers, pairs -> {});
  }

  /**
   * The same with a watcher, which hears from every worker of how many pairs more have been
   * evaluated.
   */
  public static List<PairStatistics> of(
      Matrix rows,
      List<PairwiseKernel> kernels,
      int tile,
      Blas blas,
      Workers workers,
      LongConsumer watcher) {
    return new PairwiseSums(rows, List.copyOf(kernels), tile, blas, watcher).sum(workers);
  }

  /** The length of each row. */
  public static double[] rowNorms(Matrix rows) {
    double[] norms = new double[rows.rows()];
    int width = rows.columns();
    for (int i = 0; i < norms.length; i++) {
      double square = 0;
      for (int j = i * width; j < (i + 1) * width; j++) {
        square += rows.at(j) * rows.at(j);
      }
      norms[i] = Math.sqrt(square);
    }
    return norms;
  }

  private List<PairStatistics> sum(Workers workers) {
    List<int[]> tiles = new ArrayList<>();
    for (int i = 0; i < rows.rows(); i += tile) {
      for (int j = i; j < rows.rows(); j += tile) {
        tiles.add(new int[] {i, j});
      }
    }
    try (DoubleBlock block = blas.doubles(rows.length())) {
      block.put(rows);
      List<PairStatistics> sums = new ArrayList<>();
      kernels.forEach(kernel -> sums.add(PairStatistics.EMPTY));
      for (PairStatistics[] part : workers.map(tiles.size(), t -> tile(tiles.get(t), block))) {
        for (int k = 0; k < part.length; k++) {
          sums.set(k, sums.get(k).merged(part[k]));
        }
      }
      return sums;
    }
  }

  private PairStatistics[] tile(int[] corner, DoubleBlock block) {
    int high = Math.min(tile, rows.rows() - corner[0]);
    int wide = Math.min(tile, rows.rows() - corner[1]);
    PairStatistics[] sums = new PairStatistics[kernels.size()];
    Arrays.fill(sums, PairStatistics.EMPTY);
    long pairs = 0;
    try (DoubleBlock products = blas.doubles(high * wide)) {
      blas.product(block, corner[0], block, corner[1], products, high, wide, rows.columns());
      double[] values = new double[wide];
      Scratch scratch = new Scratch(wide);
      for (int r = 0; r < high; r++) {
        int i = corner[0] + r;
        int from = Math.max(corner[1], i + 1);
        int count = corner[1] + wide - from;
        if (count > 0) {
          pairs += count;
          PairwiseKernel.Strip strip =
              scratch.strip(products.buffer(), r * wide + from - corner[1], i, from, count);
          for (int k = 0; k < sums.length; k++) {
            kernels.get(k).evaluate(strip, values);
            sums[k] = sums[k].merged(PairStatistics.of(values, 0, count));
          }
        }
      }
    }
    watcher.accept(pairs);
    return sums;
  }

  private final class Scratch {
    private final double[] dots;
    private final double[] distances;
    private final double[] cosines;
    private final double[] chords;

    Scratch(int wide) {
      dots = new double[wide];
      distances = new double[wide];
      cosines = new double[wide];
      chords = new double[wide];
    }

    PairwiseKernel.Strip strip(DoubleBuffer products, int at, int i, int from, int count) {
      products.get(at, dots, 0, count);
      for (int c = 0; c < count; c++) {
        int j = from + c;
        double squares = norms[i] * norms[i] + norms[j] * norms[j];
        distances[c] = squares - 2 * dots[c];
        cosines[c] = dots[c] / (norms[i] * norms[j]);
        chords[c] = 2 - 2 * cosines[c];
        if (distances[c] < CANCELS * squares) {
          distances[c] = apart(i, 1, j, 1);
        }
        if (chords[c] < 2 * CANCELS) {
          chords[c] = apart(i, norms[i], j, norms[j]);
        }
      }
      return new PairwiseKernel.Strip(i, from, count, dots, distances, cosines, chords);
    }

    /** ||u/a - v/b||^2 for rows u and v. */
    private double apart(int i, double a, int j, double b) {
      int width = rows.columns();
      double square = 0;
      for (int c = 0; c < width; c++) {
        double d = rows.at(i * width + c) / a - rows.at(j * width + c) / b;
        square += d * d;
      }
      return square;
    }
  }
}

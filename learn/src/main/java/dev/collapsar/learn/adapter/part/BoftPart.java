package dev.collapsar.learn.adapter.part;

import dev.collapsar.data.FileTensor;

/**
 * BOFT (Liu et al. 2023): W' = s * (W G^T), each row times its number, with G = G_m-1 ... G_0 and
 * G_i = P_i blockdiag(C) P_i^T, of each block C the Cayley transform of (R - R^T)/2. Butterfly i
 * permutes groups of in / (blocks / 2^i) elements: their half-blocks of n/2, the even ones first,
 * then the odd. A single factor does not permute.
 *
 * @param rotations (m, blocks, n, n)
 * @param scales one for each output
 */
public record BoftPart(FileTensor rotations, FileTensor scales) implements Part {
  @Override
  public boolean fits(long[] shape) {
    long[] r = rotations.shape();
    return shape.length >= 2
        && shape[0] == scales.elements()
        && Lengths.product(shape, 1) == r[1] * r[2];
  }

  @Override
  public String wanted() {
    return "(%s, %s)".formatted(scales.elements(), rotations.shape()[1] * rotations.shape()[2]);
  }

  @Override
  public RowUpdate on(BaseRows base) {
    int factors = (int) rotations.shape()[0];
    int blocks = (int) rotations.shape()[1];
    int n = (int) rotations.shape()[2];
    double[] values = rotations.toDoubles();
    double[] s = scales.toDoubles();
    double[][] turns = new double[factors * blocks][];
    for (int b = 0; b < turns.length; b++) {
      turns[b] = rotation(values, b * n * n, n);
    }
    int[][] places = new int[factors][];
    for (int i = 0; i < factors; i++) {
      places[i] = factors == 1 ? null : permutation(blocks * n, blocks >> i, n / 2);
    }
    return RowUpdate.byRow(
        (row, w, at) -> {
          for (int i = 0; i < factors; i++) {
            turn(turns, i * blocks, places[i], w, at, blocks * n, n);
          }
          for (int j = 0; j < blocks * n; j++) {
            w[at + j] *= s[(int) row];
          }
        });
  }

  private static double[] rotation(double[] values, int at, int n) {
    double[] skew = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        skew[i * n + j] = 0.5 * (values[at + i * n + j] - values[at + j * n + i]);
      }
    }
    return SmallMatrix.cayley(skew, n);
  }

  /** Where element i of P x comes from: (P x)[i] = x[places[i]]. */
  private static int[] permutation(int width, int groups, int half) {
    int group = width / groups;
    int runs = group / half;
    int[] places = new int[width];
    for (int i = 0; i < width; i++) {
      int run = i % group / half;
      int evens = (runs + 1) / 2;
      int from = run < evens ? 2 * run : 2 * (run - evens) + 1;
      places[i] = i / group * group + from * half + i % half;
    }
    return places;
  }

  /** w' = P blockdiag(C) P^T w. */
  private static void turn(
      double[][] turns, int first, int[] placesOrNull, double[] w, int at, int width, int n) {
    double[] x = new double[width];
    for (int i = 0; i < width; i++) { // P^T w
      x[placesOrNull == null ? i : placesOrNull[i]] = w[at + i];
    }
    double[] y = new double[width];
    for (int i = 0; i < width; i++) {
      double[] c = turns[first + i / n];
      int block = i / n * n;
      for (int j = 0; j < n; j++) {
        y[i] += c[i % n * n + j] * x[block + j];
      }
    }
    for (int i = 0; i < width; i++) {
      w[at + i] = y[placesOrNull == null ? i : placesOrNull[i]];
    }
  }

  @Override
  public long parameters() {
    return rotations.elements() + scales.elements();
  }
}

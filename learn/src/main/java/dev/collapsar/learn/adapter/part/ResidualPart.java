package dev.collapsar.learn.adapter.part;

import dev.collapsar.InvalidInputException;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.linalg.SingularVectors;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Trained factors of a start that took its first factors out of the base: W' = W - T + s B A, with
 * T recomputed from the original W. PiSSA (Meng et al. 2024): T is the best approximation of W of
 * the adapter's rank. OLoRA (Buyukakyuz 2024): T = s Q_r R_r of W's QR decomposition.
 */
public record ResidualPart(LowRankPart trained, Start start) implements Part {
  public enum Start {
    PISSA,
    OLORA
  }

  @Override
  public boolean fits(long[] shape) {
    return shape.length == 2 && trained.fits(shape);
  }

  @Override
  public String wanted() {
    return trained.wanted();
  }

  @Override
  public BaseNeed need() {
    return BaseNeed.WHOLE;
  }

  @Override
  public RowUpdate on(BaseRows base) {
    int rows = Lengths.index(base.shape()[0]);
    int columns = Lengths.index(base.shape()[1]);
    double[] w = whole(base, rows, columns);
    int rank = Math.min(trained.product().rank(), Math.min(rows, columns));
    Product taken =
        start == Start.PISSA
            ? leading(Matrix.of(rows, columns, w), rank)
            : firstColumns(base.name(), w, rows, columns, rank);
    double scale = start == Start.PISSA ? 1 : trained.factor();
    RowUpdate added = trained.on(base);
    return block -> {
      for (int i = 0; i < block.rows(); i++) {
        int at = block.at() + i * block.width();
        taken.add((int) block.first() + i, -scale, block.values(), at);
      }
      added.apply(block);
    };
  }

  private static double[] whole(BaseRows base, int rows, int columns) {
    long needed = 4L * Double.BYTES * rows * columns; // W and what decomposes it
    if (needed > Runtime.getRuntime().maxMemory() / 2
        || (long) rows * columns > Integer.MAX_VALUE / 8) {
      throw new InvalidInputException(
          ("%s: to decompose it takes about %s MB, more than half of this JVM's memory (-Xmx); or"
                  + " let PEFT convert the adapter on saving"
                  + " (path_initial_model_for_weight_conversion)")
              .formatted(base.name(), needed >> 20));
    }
    double[] w = new double[rows * columns];
    base.forEach(
        block ->
            System.arraycopy(
                block.values(),
                block.at(),
                w,
                (int) block.first() * columns,
                block.rows() * columns));
    return w;
  }

  /** U_r S_r V_r^T of W's singular value decomposition. */
  private static Product leading(Matrix w, int rank) {
    int less = Math.min(w.rows(), w.columns());
    double work = 4.0 * w.rows() * w.columns() * less + 9.0 * less * less * less;
    try (Blas blas = Blas.forWork(work, 1)) {
      SingularVectors svd = SingularVectors.of(w, blas);
      int kept = Math.min(rank, svd.rank());
      double[] left = new double[kept * w.rows()]; // (r,m): rows are vectors
      double[] right = new double[kept * w.columns()];
      for (int k = 0; k < kept; k++) {
        for (int i = 0; i < w.rows(); i++) {
          left[k * w.rows() + i] = svd.values()[k] * svd.left().get(k, i);
        }
        System.arraycopy(svd.right().row(k), 0, right, k * w.columns(), w.columns());
      }
      return Product.ofTransposed(left, right, kept);
    }
  }

  /** Q_r Q_r^T W, which is Q_r R_r, with Q_r the first r columns of W made orthonormal. */
  private static Product firstColumns(String name, double[] w, int rows, int columns, int rank) {
    double[] q = new double[rank * rows]; // (r,m): rows are vectors
    for (int k = 0; k < rank; k++) {
      double[] v = new double[rows];
      for (int i = 0; i < rows; i++) {
        v[i] = w[i * columns + k];
      }
      double before = norm(v);
      for (int pass = 0; pass < 2 * k; pass++) { // twice: once leaves what rounding put in
        subtractAlong(v, q, pass % k * rows);
      }
      double after = norm(v);
      if (!(after > 1e-10 * before)) {
        throw new InvalidInputException(
            "%s: its first %s columns depend on one another, so OLoRA's start is not determined"
                .formatted(name, rank));
      }
      for (int i = 0; i < rows; i++) {
        q[k * rows + i] = v[i] / after;
      }
    }
    double[] right = new double[rank * columns];
    for (int k = 0; k < rank; k++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          right[k * columns + j] += q[k * rows + i] * w[i * columns + j];
        }
      }
    }
    return Product.ofTransposed(q, right, rank);
  }

  private static double norm(double[] v) {
    return Math.sqrt(Arrays.stream(v).map(x -> x * x).sum());
  }

  private static void subtractAlong(double[] v, double[] q, int at) {
    double along = 0;
    for (int i = 0; i < v.length; i++) {
      along += v[i] * q[at + i];
    }
    for (int i = 0; i < v.length; i++) {
      v[i] -= along * q[at + i];
    }
  }

  @Override
  public long parameters() {
    return trained.parameters();
  }

  @Override
  public OptionalInt rank() {
    return trained.rank();
  }

  @Override
  public OptionalDouble scale() {
    return trained.scale();
  }
}

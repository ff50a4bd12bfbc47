package dev.collapsar.learn.spectra;

import dev.collapsar.compute.Workers;
import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.FloatBlock;
import dev.collapsar.linalg.Matrix;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The share of a weight's elements that two updates move in opposite directions, of those that both
 * move. Elements are computed in single precision; one whose sign that leaves in doubt, since it is
 * smaller than what rounding may have changed, is computed again in double precision.
 */
final class SignConflict {
  private static final int BLOCK = 1 << 19; // elements of a block of rows, 2 MB as floats

  private final Side one;
  private final Side other;
  private final int rows;
  private final int width;

  private SignConflict(FactoredUpdate one, FactoredUpdate other) {
    this.one = new Side(one);
    this.other = new Side(other);
    this.rows = one.left().rows();
    this.width = one.right().columns();
  }

  /** Empty if no element is moved by both. */
  static OptionalDouble share(FactoredUpdate one, FactoredUpdate other, Workers workers) {
    SignConflict conflict = new SignConflict(one, other);
    long[] counts = conflict.counts(workers);
    return counts[0] == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) counts[1] / counts[0]);
  }

  private long[] counts(Workers workers) {
    int blockRows = Math.max(1, Math.min(rows, BLOCK / Math.max(1, width)));
    int blocks = (rows + blockRows - 1) / blockRows;
    double operations = 2.0 * rows * width * (one.rank + other.rank);
    long[] counts = new long[2];
    try (Blas blas = Blas.forWork(operations, workers.threads());
        FloatBlock rightOne = one.rightColumns(blas);
        FloatBlock rightOther = other.rightColumns(blas)) {
      List<long[]> parts =
          workers.map(
              blocks, block -> counts(blas, rightOne, rightOther, block * blockRows, blockRows));
      for (long[] part : parts) {
        counts[0] += part[0];
        counts[1] += part[1];
      }
    }
    return counts;
  }

  private long[] counts(
      Blas blas, FloatBlock rightOne, FloatBlock rightOther, int first, int blockRows) {
    int count = Math.min(blockRows, rows - first);
    try (FloatBlock x = one.product(blas, first, count, rightOne);
        FloatBlock y = other.product(blas, first, count, rightOther)) {
      float[] ofOne = new float[width];
      float[] ofOther = new float[width];
      long[] counts = new long[2];
      for (int i = 0; i < count; i++) {
        x.buffer().get(i * width, ofOne);
        y.buffer().get(i * width, ofOther);
        count(first + i, ofOne, ofOther, counts);
      }
      return counts;
    }
  }

  private void count(int row, float[] x, float[] y, long[] counts) {
    float doubtOne = one.doubt(row);
    float doubtOther = other.doubt(row);
    float[] lengthsOne = one.columnLengths;
    float[] lengthsOther = other.columnLengths;
    int both = 0;
    int opposite = 0;
    for (int j = 0; j < width; j++) {
      boolean certain =
          Math.abs(x[j]) > doubtOne * lengthsOne[j] + Side.LEAST
              && Math.abs(y[j]) > doubtOther * lengthsOther[j] + Side.LEAST;
      double sign = certain ? x[j] * Math.signum(y[j]) : one.sign(row, j) * other.sign(row, j);
      both += sign != 0 ? 1 : 0;
      opposite += sign < 0 ? 1 : 0;
    }
    counts[0] += both;
    counts[1] += opposite;
  }

  /** An update whose factors are at most 1, so that no product leaves the range of floats. */
  private static final class Side {
    /** Above what underflow may lose of a sum. */
    static final float LEAST = 1e-36f;

    private static final double UNIT = 0x1p-24;

    private final Matrix left; // (m,r)
    private final double[] rightT; // (n,r)
    private final int rank;
    private final float[] columnLengths; // of the right factor, rounded up
    private final double bound;

    Side(FactoredUpdate update) {
      left = update.left();
      rank = left.columns();
      Matrix right = update.right();
      double scaleRight = largest(right.array());
      rightT = new double[right.array().length];
      columnLengths = new float[right.columns()];
      for (int j = 0; j < right.columns(); j++) {
        double squares = 0;
        for (int k = 0; k < rank; k++) {
          double value = scaleRight == 0 ? 0 : right.get(k, j) / scaleRight;
          rightT[j * rank + k] = value;
          squares += value * value;
        }
        columnLengths[j] = (float) (Math.sqrt(squares) * (1 + 1e-6));
      }
      scaleLeft = largest(left.array());
      // r products and sums, and both factors rounded: Higham 2002, (3.5), by Cauchy and Schwarz.
      bound = (rank + 4) * UNIT * (1 + 1e-3);
    }

    private final double scaleLeft;

    private static double largest(double[] values) {
      double largest = 0;
      for (double value : values) {
        largest = Math.max(largest, Math.abs(value));
      }
      return largest;
    }

    private double left(int row, int k) {
      return scaleLeft == 0 ? 0 : left.array()[row * rank + k] / scaleLeft;
    }

    FloatBlock rightColumns(Blas blas) {
      FloatBlock block = blas.floats(Math.max(1, rightT.length));
      for (int i = 0; i < rightT.length; i++) {
        block.buffer().put(i, (float) rightT[i]);
      }
      return block;
    }

    FloatBlock product(Blas blas, int first, int count, FloatBlock columns) {
      int width = columnLengths.length;
      FloatBlock result = blas.floats(count * width);
      try (FloatBlock rows = blas.floats(Math.max(1, count * rank))) {
        for (int i = 0; i < count * rank; i++) {
          rows.buffer().put(i, (float) left(first + i / rank, i % rank));
        }
        blas.product(rows, 0, columns, 0, result, count, width, rank);
      }
      return result;
    }

    /** What rounding changes an element by at most, divided by its column's length. */
    float doubt(int row) {
      double squares = 0;
      for (int k = 0; k < rank; k++) {
        squares += left(row, k) * left(row, k);
      }
      return (float) (bound * Math.sqrt(squares) * (1 + 1e-6));
    }

    double sign(int row, int column) {
      double sum = 0;
      for (int k = 0; k < rank; k++) {
        sum += left(row, k) * rightT[column * rank + k];
      }
      return Math.signum(sum);
    }
  }
}

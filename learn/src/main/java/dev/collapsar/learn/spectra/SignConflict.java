package dev.collapsar.learn.spectra;

import dev.collapsar.learn.adapter.part.FactoredUpdate;
import dev.collapsar.linalg.Blas;
import dev.collapsar.linalg.FloatBlock;
import dev.collapsar.linalg.Matrix;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The share of a weight's elements that two updates move in opposite directions, of those that both
 * move. Elements are computed in single precision; one whose sign that leaves in doubt, since it is
 * smaller than what rounding may have changed, is computed again in double precision.
 */
final class SignConflict {
  private static final int BLOCK = 1 << 19; // elements of a block of rows, 2 MB as floats
  private static final int MAGNITUDE = 0x7fffffff;

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
  static OptionalDouble share(FactoredUpdate one, FactoredUpdate other) {
    SignConflict conflict = new SignConflict(one, other);
    long[] counts = conflict.counts();
    return counts[0] == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) counts[1] / counts[0]);
  }

  private long[] counts() {
    int blockRows = Math.max(1, Math.min(rows, BLOCK / Math.max(1, width)));
    double operations = 2.0 * rows * width * (one.rank + other.rank);
    long[] counts = new long[2];
    try (Blas blas = Blas.forWork(operations, 1);
        FloatBlock rightOne = one.rightColumns(blas);
        FloatBlock rightOther = other.rightColumns(blas)) {
      for (int first = 0; first < rows; first += blockRows) {
        long[] part = counts(blas, rightOne, rightOther, first, blockRows);
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
      int[] ofOne = new int[width];
      int[] ofOther = new int[width];
      int[] opposite = new int[width]; // by column
      int[] doubtful = new int[width];
      int[] none = new int[width];
      long[] counts = {(long) count * width, 0};
      for (int i = 0; i < count; i++) {
        x.bits(i * width, ofOne);
        y.bits(i * width, ofOther);
        count(ofOne, ofOther, one.doubt, other.doubt, opposite, doubtful, width);
        int j = Arrays.mismatch(doubtful, none);
        while (j >= 0) {
          double sign = one.sign(first + i, j) * other.sign(first + i, j);
          counts[0] -= sign == 0 ? 1 : 0;
          counts[1] += (sign < 0 ? 1 : 0) - ((ofOne[j] ^ ofOther[j]) >>> 31);
          int same = Arrays.mismatch(doubtful, j + 1, width, none, j + 1, width);
          j = same < 0 ? -1 : j + 1 + same;
        }
      }
      counts[1] += Arrays.stream(opposite).asLongStream().sum();
      return counts;
    }
  }

  /**
   * On the bits of floats, whose magnitudes are ordered as integers are: a loop without branches or
   * sums over the row, which becomes vector instructions.
   *
   * @param opposite adds one where the signs differ
   * @param doubtful is set to zero where both signs are certain
   */
  private static void count(
      int[] x, int[] y, int leastX, int leastY, int[] opposite, int[] doubtful, int length) {
    for (int j = 0; j < length; j++) {
      opposite[j] += (x[j] ^ y[j]) >>> 31;
      doubtful[j] = ((x[j] & MAGNITUDE) - leastX | (y[j] & MAGNITUDE) - leastY) >>> 31;
    }
  }

  /**
   * An update's factors, each row of the left one and each column of the right one divided by its
   * length: that changes no sign, and no product leaves the range of floats.
   */
  private static final class Side {
    private final int rank;
    private final double[] left; // (m,r)
    private final double[] right; // (n,r)
    private final int width;
    private final int doubt; // below the float of these bits an element's sign is in doubt

    Side(FactoredUpdate update) {
      rank = update.left().columns();
      left = unitRows(update.left().toArray(), rank);
      Matrix columns = update.right();
      double[] turned = new double[columns.length()];
      for (int k = 0; k < rank; k++) {
        for (int j = 0; j < columns.columns(); j++) {
          turned[j * rank + k] = columns.at(k * columns.columns() + j);
        }
      }
      right = unitRows(turned, rank);
      width = columns.columns();
      // r products and sums, and both factors rounded: Higham 2002, (3.5), by Cauchy and Schwarz.
      doubt = Float.floatToRawIntBits((float) ((rank + 4) * 0x1p-24 * 1.001));
    }

    private static double[] unitRows(double[] rows, int rank) {
      for (int at = 0; at < rows.length; at += rank) {
        double largest = 0;
        for (int k = 0; k < rank; k++) {
          largest = Math.max(largest, Math.abs(rows[at + k]));
        }
        double squares = 0;
        for (int k = 0; k < rank; k++) {
          rows[at + k] = largest == 0 ? 0 : rows[at + k] / largest;
          squares += rows[at + k] * rows[at + k];
        }
        double length = Math.sqrt(squares);
        for (int k = 0; k < rank; k++) {
          rows[at + k] = length == 0 ? 0 : rows[at + k] / length;
        }
      }
      return rows;
    }

    FloatBlock rightColumns(Blas blas) {
      return floats(blas, right, 0, right.length);
    }

    FloatBlock product(Blas blas, int first, int count, FloatBlock columns) {
      FloatBlock result = blas.floats(Math.max(1, count * width));
      try (FloatBlock rows = floats(blas, left, first * rank, count * rank)) {
        blas.product(rows, 0, columns, 0, result, count, width, rank);
      }
      return result;
    }

    private static FloatBlock floats(Blas blas, double[] values, int from, int count) {
      FloatBlock block = blas.floats(Math.max(1, count));
      float[] rounded = new float[count];
      for (int i = 0; i < count; i++) {
        rounded[i] = (float) values[from + i];
      }
      block.buffer().put(0, rounded);
      return block;
    }

    double sign(int row, int column) {
      double sum = 0;
      for (int k = 0; k < rank; k++) {
        sum += left[row * rank + k] * right[column * rank + k];
      }
      return Math.signum(sum);
    }
  }
}

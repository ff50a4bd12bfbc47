package dev.collapsar.learn.spectra;

import dev.collapsar.data.FileTensor;
import dev.collapsar.learn.adapter.part.Lengths;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Tensor;

/**
 * The change of a weight by fine-tuning, D = tuned - base as a matrix (m,n) with a kernel's taps
 * among its columns, read a few rows at a time in double precision.
 */
final class Difference {
  private static final int BLOCK = 1 << 21; // elements

  private final FileTensor base;
  private final FileTensor tuned;
  private final int rows;
  private final int columns;

  Difference(FileTensor base, FileTensor tuned) {
    this.base = base;
    this.tuned = tuned;
    this.rows = Lengths.index(base.shape()[0]);
    this.columns = Lengths.index(Lengths.product(base.shape(), 1));
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** Blocks of rows in order, each with the first one's index, freed afterwards. */
  private void forEach(BiConsumer<Integer, Tensor> consumer) {
    int most = Math.max(1, Math.min(rows, BLOCK / Math.max(1, columns)));
    for (int first = 0; first < rows; first += most) {
      int count = Math.min(most, rows - first);
      double[] values = new double[count * columns];
      double[] before = new double[values.length];
      tuned.doubles((long) first * columns, values.length, values, 0);
      base.doubles((long) first * columns, values.length, before, 0);
      for (int i = 0; i < values.length; i++) {
        values[i] -= before[i];
      }
      int at = first;
      TensorScope.run(() -> consumer.accept(at, TensorBridge.doubles(values, count, columns)));
    }
  }

  /** ||D||_F^2 and ||base||_F^2. */
  double[] squares() {
    double[] sums = new double[2];
    int chunk = (int) Math.min(BLOCK, Math.max(1, base.elements()));
    double[] after = new double[chunk];
    double[] before = new double[chunk];
    for (long at = 0; at < base.elements(); at += chunk) {
      int count = (int) Math.min(chunk, base.elements() - at);
      tuned.doubles(at, count, after, 0);
      base.doubles(at, count, before, 0);
      double changed = 0;
      double own = 0;
      for (int i = 0; i < count; i++) {
        changed += (after[i] - before[i]) * (after[i] - before[i]);
        own += before[i] * before[i];
      }
      sums[0] += changed;
      sums[1] += own;
    }
    return sums;
  }

  /** D as a whole; in the caller's scope. */
  Tensor whole() {
    double[] values = tuned.toDoubles();
    double[] before = base.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] -= before[i];
    }
    return TensorBridge.doubles(values, rows, columns);
  }

  /** D X for X (n,l); (m,l), in the caller's scope. */
  Tensor times(Tensor x) {
    int width = (int) x.size(1);
    double[] product = new double[rows * width];
    forEach(
        (first, block) -> {
          double[] part = TensorBridge.toDoubles(block.mm(x));
          System.arraycopy(part, 0, product, first * width, part.length);
        });
    return TensorBridge.doubles(product, rows, width);
  }

  /** D^T Y for Y (m,l); (n,l), in the caller's scope. */
  Tensor transposedTimes(Tensor y) {
    Tensor sum = TensorBridge.doubles(new double[columns * (int) y.size(1)], columns, y.size(1));
    forEach((first, block) -> sum.add_(block.t().mm(y.narrow(0, first, block.size(0)))));
    return sum;
  }
}

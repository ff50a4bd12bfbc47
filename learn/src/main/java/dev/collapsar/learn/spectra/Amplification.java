package dev.collapsar.learn.spectra;

import dev.collapsar.learn.adapter.part.BaseRows;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;

/**
 * How much of what an update strengthens the weight W has already: ||U||_F / ||U_r^T W V_r||_F, r
 * the update's rank (Hu et al. 2021, 7.3).
 *
 * @param weight empty if there is no base
 */
record Amplification(Optional<BaseRows> weight) {
  private static final int ROWS = 256; // of the weight, one product

  /** Empty without a base, or if W sends nothing from the one space to the other. */
  OptionalDouble of(Decomposition update) {
    if (weight.isEmpty()) {
      return OptionalDouble.empty();
    }
    double present = TensorScope.within(() -> present(update, weight.get()));
    return present > 0
        ? OptionalDouble.of(update.spectrum().norm() / present)
        : OptionalDouble.empty();
  }

  private static double present(Decomposition update, BaseRows weight) {
    int k = update.values().length;
    double[] sums = new double[k * k];
    double[] left = TensorBridge.toDoubles(update.left().vectors()); // (m,k)
    Tensor right = update.right().vectors();
    int width = (int) right.size(0);
    double[] gathered = new double[ROWS * width];
    int[] count = new int[1];
    long[] first = new long[1];
    Runnable add =
        () -> {
          if (count[0] > 0) {
            add(right, Arrays.copyOf(gathered, count[0] * width), left, first[0], count[0], sums);
            first[0] += count[0];
            count[0] = 0;
          }
        };
    weight.forEach(
        block -> {
          for (int i = 0; i < block.rows(); i++) {
            System.arraycopy(
                block.values(), block.at() + i * width, gathered, count[0] * width, width);
            if (++count[0] == ROWS) {
              add.run();
            }
          }
        });
    add.run();
    double squares = 0;
    for (double sum : sums) {
      squares += sum * sum;
    }
    return Math.sqrt(squares);
  }

  /** Adds U_rows^T (W_rows V). */
  private static void add(
      Tensor right, double[] rows, double[] left, long first, int count, double[] sums) {
    int k = (int) right.size(1);
    double[] part =
        TensorScope.within(
            () -> {
              Tensor w = TensorBridge.doubles(rows, count, rows.length / count);
              double[] u = Arrays.copyOfRange(left, (int) first * k, ((int) first + count) * k);
              return TensorBridge.toDoubles(TensorBridge.doubles(u, count, k).t().mm(w.mm(right)));
            });
    for (int i = 0; i < sums.length; i++) {
      sums[i] += part[i];
    }
  }
}

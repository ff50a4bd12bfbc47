package dev.collapsar.calibration;

import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Orders of labels. */
final class Labellings {
  private Labellings() {}

  /** How many there are, N! / prod n_k!, or {@code most} if they are more. */
  static long count(long[] counts, long most) {
    BigInteger limit = BigInteger.valueOf(most);
    BigInteger count = BigInteger.ONE;
    long placed = 0;
    for (long size : counts) {
      for (long i = 1; i <= size; i++) { // placed + i over i, exact at every step
        placed++;
        count = count.multiply(BigInteger.valueOf(placed)).divide(BigInteger.valueOf(i));
        if (count.compareTo(limit) >= 0) {
          return most;
        }
      }
    }
    return count.longValueExact();
  }

  /** A uniformly drawn one, from the seed's stream "draw i". */
  static int[] drawn(int[] labels, int draw, Seed seed) {
    int[] order = labels.clone();
    Permutation.shuffle(order, seed.random("draw " + draw));
    return order;
  }

  /** Every one but the given one, in lexicographic order. */
  static List<int[]> others(int[] labels) {
    int[] next = labels.clone();
    Arrays.sort(next);
    List<int[]> others = new ArrayList<>();
    for (; next != null; next = after(next)) {
      if (!Arrays.equals(next, labels)) {
        others.add(next);
      }
    }
    return others;
  }

  /** The lexicographic successor, null of the last. */
  private static int[] after(int[] order) {
    int at = order.length - 2;
    while (at >= 0 && order[at] >= order[at + 1]) {
      at--;
    }
    if (at < 0) {
      return null;
    }
    int[] next = order.clone();
    int larger = next.length - 1;
    while (next[larger] <= next[at]) {
      larger--;
    }
    swap(next, at, larger);
    for (int i = at + 1, j = next.length - 1; i < j; i++, j--) {
      swap(next, i, j);
    }
    return next;
  }

  private static void swap(int[] values, int i, int j) {
    int kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
}

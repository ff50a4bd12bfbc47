package dev.collapsar.calibration;

import dev.collapsar.random.Permutation;
import dev.collapsar.random.Seed;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;

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

  /** So many uniformly drawn ones, draw i from the seed's stream "draw i". */
  static Iterator<int[]> drawn(int[] labels, int draws, Seed seed) {
    return IntStream.range(0, draws)
        .mapToObj(
            draw -> {
              int[] order = Permutation.of(labels.length, seed.random("draw " + draw));
              for (int i = 0; i < order.length; i++) {
                order[i] = labels[order[i]];
              }
              return order;
            })
        .iterator();
  }

  /** Every one but the given one, in lexicographic order. */
  static Iterator<int[]> others(int[] labels) {
    int[] first = labels.clone();
    Arrays.sort(first);
    return new Iterator<>() {
      private int[] next = Arrays.equals(first, labels) ? after(first) : first;

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public int[] next() {
        if (next == null) {
          throw new NoSuchElementException();
        }
        int[] given = next;
        next = after(given);
        if (next != null && Arrays.equals(next, labels)) {
          next = after(next);
        }
        return given;
      }
    };
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

package dev.collapsar.random;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Orders of 0..n-1. */
public final class Permutation {
  private Permutation() {}

  /** A uniformly drawn order. */
  public static int[] of(int n, SplittableRandom random) {
    int[] order = identity(n);
    shuffle(order, random);
    return order;
  }

  /** Puts values in a uniformly drawn order (Fisher and Yates). */
  public static void shuffle(int[] values, SplittableRandom random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  /**
   * Several orders of 0..n-1, each from a stream of its own.
   *
   * @param stream of order k, with k behind it
   */
  public static int[][] several(int count, int n, Seed seed, String stream) {
    return IntStream.range(0, count)
        .mapToObj(k -> of(n, seed.random(stream + k)))
        .toArray(int[][]::new);
  }

  /** 0, 1, 2, ... */
  public static int[] identity(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    return order;
  }
}

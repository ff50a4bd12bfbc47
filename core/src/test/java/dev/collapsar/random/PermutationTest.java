package dev.collapsar.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PermutationTest {
  @Property
  void everyNumberStandsThereOnce(@ForAll @IntRange(max = 500) int n, @ForAll long seed) {
    int[] order = Permutation.of(n, new SplittableRandom(seed));
    Arrays.sort(order);
    assertArrayEquals(Permutation.identity(n), order);
  }

  @Property(tries = 50)
  void aSeedHasOneOrder(@ForAll @IntRange(max = 100) int n, @ForAll long seed) {
    assertArrayEquals(
        Permutation.of(n, new SplittableRandom(seed)),
        Permutation.of(n, new SplittableRandom(seed)));
  }

  @Test
  void allOrdersOfFourComeUpEquallyOften() {
    int draws = 24_000;
    int[] seen = new int[256];
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < draws; i++) {
      int[] order = Permutation.of(4, random);
      seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
    }
    int orders = 0;
    double expected = draws / 24.0;
    double chiSquared = 0;
    for (int count : seen) {
      if (count > 0) {
        orders++;
        chiSquared += (count - expected) * (count - expected) / expected;
      }
    }
    assertEquals(24, orders);
    // Mean 23, deviation sqrt(46); five of them above.
    assertEquals(23, chiSquared, 5 * Math.sqrt(46));
  }
}

package dev.collapsar.inference;

import dev.collapsar.InvalidInputException;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Several tests read together. */
public final class Holm {
  private Holm() {}

  /**
   * The p values adjusted so that the chance of any false rejection among all of them stays at the
   * level that each is compared with: sorted ascending, the i-th of h is max over {@code j <= i} of
   * min(1, (h - j + 1) p_j). In the order given. Holm 1979.
   *
   * @throws InvalidInputException if one is not in [0, 1]
   */
  public static double[] adjusted(double[] p) {
    for (double value : p) {
      if (!(value >= 0 && value <= 1)) {
        throw new InvalidInputException("a p value must be in [0, 1], got " + value);
      }
    }
    int[] ascending =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> p[i]))
            .mapToInt(i -> i)
            .toArray();
    double[] adjusted = new double[p.length];
    double largest = 0;
    for (int i = 0; i < p.length; i++) {
      largest = Math.max(largest, Math.min(1, (p.length - i) * p[ascending[i]]));
      adjusted[ascending[i]] = largest;
    }
    return adjusted;
  }
}

package dev.collapsar.metric;

import dev.collapsar.stats.PairwiseKernel;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks for the first pair of class means at distance zero as they are, or up to rounding as
 * directions: with a chord of at most 4 x 2^-52 max ||mu|| (1/||mc_i|| + 1/||mc_j||).
 */
final class Coincidences implements PairwiseKernel {
  private static final long NONE = Long.MAX_VALUE;

  private final double[] errors; // of each direction (K)
  private final AtomicLong means = new AtomicLong(NONE);
  private final AtomicLong directions = new AtomicLong(NONE);

  private Coincidences(double[] errors) {
    this.errors = errors;
  }

  /** Before any pair is seen. */
  static Coincidences unseen() {
    return new Coincidences(new double[0]);
  }

  /** Among the means of these classes. */
  static Coincidences among(ClassGeometry geometry) {
    double[] errors = new double[geometry.classes()];
    Arrays.setAll(errors, geometry::directionError);
    return new Coincidences(errors);
  }

  @Override
  public void evaluate(Strip pairs, double[] to) {
    for (int c = 0; c < pairs.count(); c++) {
      to[c] = 0;
      long pair = (long) pairs.row() << Integer.SIZE | pairs.from() + c;
      if (pairs.squaredDistances()[c] == 0) {
        means.accumulateAndGet(pair, Math::min);
      }
      double error = errors[pairs.row()] + errors[pairs.from() + c];
      if (pairs.squaredChords()[c] <= error * error) {
        directions.accumulateAndGet(pair, Math::min);
      }
    }
  }

  /** Which class means coincide, if two do. */
  Optional<String> means(ClassGeometry geometry) {
    return describe("the means of classes %d and %d coincide", means.get(), geometry);
  }

  /** Which centred class means have the same direction, if two do. */
  Optional<String> directions(ClassGeometry geometry) {
    return describe(
        "the centred means of classes %d and %d have the same direction",
        directions.get(), geometry);
  }

  private static Optional<String> describe(String message, long pair, ClassGeometry geometry) {
    return pair == NONE
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                message,
                geometry.label((int) (pair >> Integer.SIZE)),
                geometry.label((int) pair)));
  }
}

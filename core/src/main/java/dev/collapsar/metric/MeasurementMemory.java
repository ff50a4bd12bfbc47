package dev.collapsar.metric;

import dev.collapsar.InvalidInputException;
import java.util.Locale;

/**
 * The memory that a measurement holds at once, as far as it grows with K x D and D x D.
 *
 * @param means bytes of class means, their sums in every part of the table, and what is made of
 *     them
 * @param scatter bytes of all copies of the D x D scatter; 0 if it is not taken
 */
record MeasurementMemory(int classes, int width, long means, long scatter) {
  /** Doubles in one native block, which Java sees through 2^31 - 1 bytes. */
  private static final long MOST_VALUES = Integer.MAX_VALUE / Double.BYTES;

  /** Sums and pivots of four parts and of the whole, the means, centred, and their norms. */
  private static final int COPIES_OF_MEANS = 12;

  /** Likewise, of classifier weights: as they are, centred, scaled, and for decisions. */
  private static final int COPIES_OF_WEIGHTS = 4;

  /** The sums of four parts, native and out of it; of the whole; scaled; its eigenvectors. */
  private static final int COPIES_OF_SCATTER = 12;

  /**
   * Of K classes of width D.
   *
   * @param weights whether there are classifier weights
   * @param scatter whether the D x D scatter is taken
   */
  static MeasurementMemory of(int classes, int width, boolean weights, boolean scatter) {
    long means = (long) classes * width * Double.BYTES;
    long square = (long) width * width * Double.BYTES;
    long small = Math.min(classes, width);
    int copies = COPIES_OF_MEANS + (weights ? COPIES_OF_WEIGHTS : 0);
    return new MeasurementMemory(
        classes,
        width,
        copies * means + 3 * small * small * Double.BYTES,
        scatter ? COPIES_OF_SCATTER * square : 0);
  }

  /**
   * @param memory what the JVM may use, in bytes; as much again lies outside of Java's heap
   * @throws InvalidInputException if it does not suffice
   */
  void require(long memory) {
    long values = scatter == 0 ? 0 : (long) width * width;
    if (values > MOST_VALUES) {
      throw new InvalidInputException(
          ("a %s x %s scatter has %s values, and one array holds at most %s (D = %s);"
                  + " leave nc1_vci and rank_* out of --metrics, or project the features")
              .formatted(
                  width, width, values, MOST_VALUES, (long) Math.floor(Math.sqrt(MOST_VALUES))));
    }
    if ((long) classes * width > MOST_VALUES) {
      throw new InvalidInputException(
          ("%s class means of width %s have %s values, and one array holds at most %s;"
                  + " measure fewer classes, or project the features")
              .formatted(classes, width, (long) classes * width, MOST_VALUES));
    }
    if (means + scatter > memory) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%d classes of width %d: the measurement would hold %d MB (class means %d, D x D"
                  + " scatters %d), more than the %d MB of this JVM; give it more"
                  + " (COLLAPSAR_JAVA_OPTS=-Xmx<size>)%s, or project the features",
              classes,
              width,
              means + scatter >> 20,
              means >> 20,
              scatter >> 20,
              memory >> 20,
              scatter > 0 ? ", leave nc1_vci and rank_* out of --metrics" : ""));
    }
  }
}

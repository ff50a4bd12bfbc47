package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import java.util.BitSet;

/**
 * The frozen class means that a second pass measures from, and the classes it takes. Samples of
 * other classes are passed over.
 */
public final class Deviations {
  private final ClassMoments moments;
  private final BitSet chosen;

  /**
   * @throws IllegalArgumentException if a chosen class has no samples
   */
  public Deviations(ClassMoments moments, BitSet chosen) {
    this.moments = moments;
    this.chosen = (BitSet) chosen.clone();
    chosen.stream()
        .filter(k -> moments.count(k) == 0)
        .forEach(
            k -> {
              throw new IllegalArgumentException("class " + k + " has no samples, so no mean");
            });
  }

  int width() {
    return moments.width();
  }

  /** x - mu_y of a row (D); false if its class is not taken. */
  boolean read(LabeledBatch batch, int row, double[] to) {
    int label = BatchRows.label(batch, row, moments.classes());
    if (!chosen.get(label)) {
      return false;
    }
    BatchRows.subtract(batch, row, moments.means().array(), label * to.length, to);
    return true;
  }

  /** Refuses a part that was measured from other means. */
  void requireSame(Deviations other) {
    if (this != other
        && !(chosen.equals(other.chosen)
            && moments.fingerprint().equals(other.moments.fingerprint()))) {
      throw new IllegalArgumentException(
          "the part was measured from other class means or classes than this accumulator");
    }
  }
}

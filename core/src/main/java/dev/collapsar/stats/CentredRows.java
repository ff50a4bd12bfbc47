package dev.collapsar.stats;

import dev.collapsar.data.LabeledBatch;
import java.util.BitSet;

/**
 * The frozen class means that a second pass measures from, and the classes it takes. Samples of
 * other classes are passed over.
 */
final class CentredRows {
  private final ClassMoments moments;
  private final BitSet chosen;

  /**
   * @throws IllegalArgumentException if a chosen class has no samples
   */
  public CentredRows(ClassMoments moments, BitSet chosen) {
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

  /** Whether the row's class is taken. */
  boolean takes(LabeledBatch batch, int row) {
    return chosen.get(BatchRows.label(batch, row, moments.classes()));
  }

  /** x - mu_y of a row in as many columns as {@code to} has, from {@code from} on. */
  void read(LabeledBatch batch, int row, int from, double[] to) {
    int label = batch.labels()[batch.start() + row];
    BatchRows.subtract(batch, row, from, moments.means(), label, to);
  }

  /** Refuses a part that was measured from other means. */
  void requireSame(CentredRows other) {
    if (this != other
        && !(chosen.equals(other.chosen)
            && moments.fingerprint().equals(other.moments.fingerprint()))) {
      throw new IllegalArgumentException(
          "the part was measured from other class means or classes than this accumulator");
    }
  }
}

package dev.collapsar.calibration;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import java.util.Arrays;

/**
 * The rows of a table that take part, those of some of its classes, and their labels.
 *
 * @param labels of the rows that take part, in the table's order, by the classes' places
 * @param places of each class, -1 for one that takes no part
 */
record LabelledRows(int[] labels, int[] places) {
  static LabelledRows read(FeatureTable features, int all, int[] classes) {
    int[] places = new int[all];
    Arrays.fill(places, -1);
    for (int i = 0; i < classes.length; i++) {
      places[classes[i]] = i;
    }
    int[] labels = new int[Math.toIntExact(features.rows())];
    int count = 0;
    try (BatchSource source = features.read(4096)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        for (int i = 0; i < batch.rows(); i++) {
          int label = batch.labels()[batch.start() + i];
          if (label < 0 || label >= all) {
            throw new InvalidInputException(
                "row %s has label %s, which is not in 0..%s"
                    .formatted(batch.firstRow() + i, label, all - 1));
          }
          if (places[label] >= 0) {
            labels[count++] = places[label];
          }
        }
      }
    }
    return new LabelledRows(Arrays.copyOf(labels, count), places);
  }

  int count() {
    return labels.length;
  }

  /**
   * The group of each row that takes part: its rank within its class, in the table's order, modulo
   * how many groups there are.
   */
  int[] groups(int many) {
    int[] ranks = new int[places.length];
    int[] groups = new int[labels.length];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = ranks[labels[i]]++ % many;
    }
    return groups;
  }

  /** The rows of a batch that take part, as offsets into it. */
  int[] of(LabeledBatch batch) {
    int[] rows = new int[batch.rows()];
    int count = 0;
    for (int i = 0; i < rows.length; i++) {
      if (places[batch.labels()[batch.start() + i]] >= 0) {
        rows[count++] = i;
      }
    }
    return Arrays.copyOf(rows, count);
  }
}

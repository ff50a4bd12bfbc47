package dev.collapsar.features;

import java.util.TreeSet;

/** All labels of a file, read before anything else is done with its rows. */
final class LabelScan {
  /** More different labels are no classes. */
  private static final int MOST_LABELS = 1 << 22;

  private LabelScan() {}

  /**
   * The labels of the rows that are kept.
   *
   * @param classes they must be less; any number if this is negative
   * @throws dev.collapsar.InvalidInputException naming the first row whose label is none, and what
   *     helps
   */
  static TreeSet<Long> distinct(LabelledArrays rows, int classes) {
    TreeSet<Long> distinct = new TreeSet<>();
    boolean[] seen = new boolean[1 << 16]; // most labels are small, and met often
    rows.forEachBlock(
        (from, part, count) -> {
          for (int i = 0; i < count; i++) {
            long label = part[i];
            boolean small = label >= 0 && label < seen.length;
            if (small && seen[(int) label] || rows.left() != null && rows.left() == label) {
              continue;
            }
            requireLabel(rows.labels(), from + i, label, classes);
            distinct.add(label);
            if (distinct.size() > MOST_LABELS) {
              throw rows.labels().array.bad("has more than %d different labels", MOST_LABELS);
            }
            if (small) {
              seen[(int) label] = true;
            }
          }
        });
    return distinct;
  }

  private static void requireLabel(LabelColumn column, long row, long label, int classes) {
    if (column.shown(label).isEmpty()) {
      throw column.array.bad("row %d has no label (--ignore-label '' leaves out such rows)", row);
    }
    if (!column.isText() && label < 0) {
      throw column.array.bad(
          "row %d has label %d, which is no class (--ignore-label %d leaves out such rows)",
          row, label, label);
    }
    if (classes >= 0 && label >= classes) {
      throw column.array.bad(
          "row %d has label %d, which is not in 0..%d%s",
          row,
          label,
          classes - 1,
          label == classes && classes > 1 ? "; if they are counted from 1, save labels - 1" : "");
    }
  }
}

package dev.collapsar.stats;

import dev.collapsar.InvalidInputException;
import dev.collapsar.compute.Workers;
import dev.collapsar.data.BatchSource;
import dev.collapsar.data.FeatureTable;
import dev.collapsar.data.LabeledBatch;
import java.util.function.Supplier;

/**
 * One reading of a table by accumulators. The rows are cut into parts by their number and by the
 * size of the state alone, and the parts are merged in order, so that the result has the same bits
 * with any number of threads.
 */
public final class TablePass {
  /** Parts beyond one are for the threads to share; there is no point in tiny ones. */
  private static final long LEAST_VALUES = 1 << 20;

  private static final int FEW_PARTS = 4;
  private static final int MOST_PARTS = 32;

  /** What the states of all parts may take, in bytes. */
  private static final long STATES = 256L << 20;

  private TablePass() {}

  /**
   * @param stateBytes about how much memory an accumulator and its snapshot take
   * @param fresh makes an empty accumulator
   */
  public static <S> S over(
      FeatureTable table,
      int batchRows,
      long stateBytes,
      Workers workers,
      Supplier<? extends Accumulator<LabeledBatch, S>> fresh) {
    long rows = table.rows();
    long affordable = Math.min(MOST_PARTS, STATES / Math.max(1, stateBytes));
    long enough = rows * table.width() / LEAST_VALUES;
    int parts = (int) Math.max(1, Math.min(enough, Math.max(FEW_PARTS, affordable)));
    if (parts == 1) {
      return read(table, 0, rows, batchRows, fresh);
    }
    var snapshots =
        workers.map(
            parts,
            part -> read(table, rows * part / parts, rows * (part + 1) / parts, batchRows, fresh));
    try (Accumulator<LabeledBatch, S> whole = fresh.get()) {
      snapshots.forEach(whole::merge);
      return whole.snapshot();
    }
  }

  private static <S> S read(
      FeatureTable table,
      long from,
      long to,
      int batchRows,
      Supplier<? extends Accumulator<LabeledBatch, S>> fresh) {
    try (Accumulator<LabeledBatch, S> part = fresh.get();
        BatchSource source = table.read(from, to, batchRows)) {
      for (LabeledBatch batch = source.next(); batch != null; batch = source.next()) {
        add(table, batch, part);
      }
      return part.snapshot();
    }
  }

  /** What is wrong with a row is said with the table's name. */
  private static void add(
      FeatureTable table, LabeledBatch batch, Accumulator<LabeledBatch, ?> part) {
    try {
      part.add(batch);
    } catch (InvalidInputException e) {
      throw table.name().isEmpty()
          ? e
          : new InvalidInputException(table.name() + ": " + e.getMessage(), e);
    }
  }
}

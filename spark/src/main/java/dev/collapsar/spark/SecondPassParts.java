package dev.collapsar.spark;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.stats.Accumulator;
import dev.collapsar.stats.FrozenPass;
import dev.collapsar.stats.FrozenPass.Result;
import java.util.Iterator;

/** The second pass: what a partition finds, in the pass's own chunks. */
final class SecondPassParts extends PartRecords implements AutoCloseable {
  private final FrozenPass pass;
  private final Accumulator<LabeledBatch, Result> accumulator;
  private boolean seen;

  SecondPassParts(int partition, Iterator<LabeledBatch> batches, FrozenPass.Opened opened) {
    super(partition, batches);
    pass = opened.pass();
    accumulator = opened.accumulator();
  }

  @Override
  void take(LabeledBatch batch) {
    accumulator.add(batch);
    seen |= batch.rows() > 0;
  }

  @Override
  void end() {
    if (seen) {
      Result found = accumulator.snapshot();
      for (int chunk = 0; chunk < pass.chunks(); chunk++) {
        emit(chunk, pass.toBytes(found, chunk));
      }
    }
  }

  @Override
  public void close() {
    accumulator.close();
  }

  /** Adds the parts of a chunk up. */
  static final class Sums implements Fold {
    private byte[] sum;

    @Override
    public void add(byte[] part) {
      if (sum == null) {
        sum = part.clone();
      } else {
        FrozenPass.merge(sum, part);
      }
    }

    @Override
    public byte[] result() {
      return sum;
    }
  }
}

package dev.collapsar.spark;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.LabeledBatch;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import scala.Tuple2;

/**
 * The contribution of one partition to a {@link ChunkMerge}, made while it is taken away. A
 * partition without rows contributes nothing; one with rows that cannot be used a complaint.
 */
abstract class PartRecords implements Iterator<Tuple2<ChunkKey, byte[]>> {
  private final int partition;
  private final Iterator<LabeledBatch> batches;
  private final Queue<Tuple2<ChunkKey, byte[]>> ready = new ArrayDeque<>();
  private int sequence;
  private boolean ended;

  PartRecords(int partition, Iterator<LabeledBatch> batches) {
    this.partition = partition;
    this.batches = batches;
  }

  /** Takes a batch; may emit. */
  abstract void take(LabeledBatch batch);

  /** Emits what is left. */
  abstract void end();

  final void emit(int chunk, byte[] part) {
    ready.add(new Tuple2<>(new ChunkKey(chunk, partition, sequence++), part));
  }

  @Override
  public final boolean hasNext() {
    while (ready.isEmpty() && !ended) {
      try {
        if (batches.hasNext()) {
          take(batches.next());
        } else {
          ended = true;
          end();
        }
      } catch (InvalidInputException e) {
        ended = true;
        emit(
            ChunkKey.COMPLAINT, new Complaint(FeatureScan.currentFile(), e.getMessage()).toBytes());
      }
    }
    return !ready.isEmpty();
  }

  @Override
  public final Tuple2<ChunkKey, byte[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }
}

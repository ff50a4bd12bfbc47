package dev.collapsar.learn.merge;

import dev.collapsar.compute.Workers;
import dev.collapsar.data.NewTensorFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * The tensors of one file, in pieces that threads take in turn: while one copies or writes, another
 * computes. An adapter's tensors are read for a weight when its first piece is taken, and forgotten
 * after its last.
 */
final class MergeWork {
  private static final int COPIED = 8 << 20; // bytes of a piece of what is only copied
  private static final int CHUNK = 1 << 18; // bytes read at once: a core's cache

  private static final ThreadLocal<ByteBuffer> BYTES =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(CHUNK));

  private final List<long[]> adapted;
  private final NewTensorFile out;
  private final LongConsumer progress;
  private final List<OfTensor> tensors = new ArrayList<>();

  /**
   * @param adapted the shapes of all weights that parts update
   * @param outOrNull where all goes; nothing is written without
   * @param progress told the bytes of each tensor that is done
   */
  MergeWork(List<long[]> adapted, NewTensorFile outOrNull, LongConsumer progress) {
    this.adapted = adapted;
    this.out = outOrNull;
    this.progress = progress;
  }

  void add(MergedTensor tensor) {
    tensors.add(new OfTensor(tensor));
  }

  /**
   * By the name of each weight that was computed, how it differs from the base's.
   *
   * @throws dev.collapsar.InvalidInputException if an element is not finite, or beyond its type
   */
  Map<String, Change> run(Workers workers) {
    int[] ends = new int[tensors.size()];
    int pieces = 0;
    for (int i = 0; i < ends.length; i++) {
      pieces = Math.addExact(pieces, tensors.get(i).pieces);
      ends[i] = pieces;
    }
    workers.map(
        pieces,
        piece -> {
          int at = firstBeyond(ends, piece);
          tensors.get(at).run(piece - (at == 0 ? 0 : ends[at - 1]));
          return null;
        });
    Map<String, Change> changes = new LinkedHashMap<>();
    for (OfTensor done : tensors) {
      if (done.change != null && !done.tensor.parts().isEmpty()) {
        changes.put(done.tensor.name(), done.change);
      }
    }
    return changes;
  }

  private static int firstBeyond(int[] ends, int piece) {
    int low = 0;
    int high = ends.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > piece) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private final class OfTensor {
    private final MergedTensor tensor;
    private final WeightRows rows; // null of what is only copied
    private final int pieces; // one at least, so that it is done at some time
    private final AtomicInteger left;
    private final double[][] sums;
    private WeightRows.Updates updates;
    private Change change;

    OfTensor(MergedTensor tensor) {
      this.tensor = tensor;
      rows = tensor.isCopy() ? null : new WeightRows(tensor, adapted);
      long bytes = tensor.head().bytes();
      pieces = Math.max(1, rows == null ? (int) ((bytes + COPIED - 1) / COPIED) : rows.blocks());
      left = new AtomicInteger(pieces);
      sums = new double[rows == null ? 0 : rows.blocks()][];
    }

    void run(int piece) {
      if (rows == null) {
        copy((long) piece * COPIED);
      } else if (piece < sums.length) {
        sums[piece] = rows.merge(updates(), piece, this::put);
      }
      if (left.decrementAndGet() == 0) {
        finish();
      }
    }

    private synchronized WeightRows.Updates updates() {
      if (updates == null) {
        updates = rows.updates();
      }
      return updates;
    }

    private synchronized void finish() {
      updates = null;
      change = rows == null ? null : rows.change(sums);
      synchronized (MergeWork.this) {
        progress.accept(tensor.head().bytes());
      }
    }

    private void put(long at, ByteBuffer bytes) {
      if (out != null) {
        out.put(tensor.name(), at, bytes);
      }
    }

    private void copy(long from) {
      long end = Math.min(from + COPIED, tensor.source().bytes());
      for (long at = from; at < end && out != null; at += CHUNK) {
        ByteBuffer bytes = BYTES.get().clear().limit((int) Math.min(CHUNK, end - at));
        put(at, tensor.source().read(at, bytes));
      }
    }
  }
}

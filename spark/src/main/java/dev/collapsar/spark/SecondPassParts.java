package dev.collapsar.spark;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.linalg.Matrix;
import dev.collapsar.stats.Accumulator;
import dev.collapsar.stats.Decisions;
import dev.collapsar.stats.FrozenPass;
import dev.collapsar.stats.FrozenPass.Result;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * The second pass: what a partition finds, in chunks. Chunk 0 has the decisions' four counts by
 * class and the sum of the projections; the others have rows of the scatter's lower triangle. A
 * part is the number of its longs, these, and doubles.
 */
final class SecondPassParts extends PartRecords implements AutoCloseable {
  private final Layout layout;
  private final Accumulator<LabeledBatch, Result> accumulator;
  private boolean seen;

  SecondPassParts(
      int partition,
      Iterator<LabeledBatch> batches,
      Layout layout,
      Accumulator<LabeledBatch, Result> accumulator) {
    super(partition, batches);
    this.layout = layout;
    this.accumulator = accumulator;
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
      for (int chunk = 0; chunk < layout.chunks(); chunk++) {
        emit(chunk, layout.write(found, chunk));
      }
    }
  }

  @Override
  public void close() {
    accumulator.close();
  }

  /**
   * What stands in which chunk.
   *
   * @param classes 0 without decisions
   * @param width 0 without scatter
   */
  record Layout(int classes, int width, boolean projected) implements java.io.Serializable {
    static Layout of(FrozenPass pass) {
      return new Layout(
          pass.classifier() == null ? 0 : pass.moments().classes(),
          pass.within() == FrozenPass.Residuals.SCATTER ? pass.moments().width() : 0,
          pass.within() == FrozenPass.Residuals.PROJECTION);
    }

    private int chunkRows() {
      return Math.max(1, ChunkMerge.CHUNK_BYTES / (Double.BYTES * Math.max(1, width)));
    }

    int chunks() {
      return 1 + (width + chunkRows() - 1) / chunkRows();
    }

    private byte[] write(Result found, int chunk) {
      if (chunk > 0) {
        int from = (chunk - 1) * chunkRows();
        int to = Math.min(width, from + chunkRows());
        ByteBuffer bytes =
            ByteBuffer.allocate(Integer.BYTES + Double.BYTES * (triangle(to) - triangle(from)));
        bytes.putInt(0);
        for (int i = from; i < to; i++) {
          for (int j = 0; j <= i; j++) {
            bytes.putDouble(found.scatter().at(i * width + j));
          }
        }
        return bytes.array();
      }
      ByteBuffer bytes =
          ByteBuffer.allocate(Integer.BYTES + Long.BYTES * (4 * classes + (projected ? 1 : 0)));
      bytes.putInt(4 * classes);
      Decisions decisions = found.decisions();
      if (decisions != null) {
        put(bytes, decisions::samples);
        put(bytes, decisions::agreements);
        put(bytes, decisions::linearHits);
        put(bytes, decisions::nearestMeanHits);
      }
      if (projected) {
        bytes.putDouble(found.projected());
      }
      return bytes.array();
    }

    private void put(ByteBuffer bytes, IntToLongFunction count) {
      for (int k = 0; k < classes; k++) {
        bytes.putLong(count.applyAsLong(k));
      }
    }

    private static int triangle(int rows) {
      return rows * (rows + 1) / 2;
    }

    /** Puts the merged chunks together; they are null if there were no rows. */
    Result read(List<byte[]> chunks) {
      ByteBuffer counts =
          ByteBuffer.wrap(chunks.get(0) == null ? write(nothing(), 0) : chunks.get(0));
      counts.getInt();
      Decisions decisions =
          classes == 0
              ? null
              : Decisions.of(take(counts), take(counts), take(counts), take(counts));
      Double projection = projected ? (Double) counts.getDouble() : null;
      double[] scatter = new double[width * width];
      int i = 0;
      for (byte[] chunk :
          chunks.get(0) == null ? List.<byte[]>of() : chunks.subList(1, chunks.size())) {
        ByteBuffer bytes = ByteBuffer.wrap(chunk, Integer.BYTES, chunk.length - Integer.BYTES);
        for (; bytes.hasRemaining(); i++) {
          for (int j = 0; j <= i; j++) {
            scatter[i * width + j] = bytes.getDouble();
            scatter[j * width + i] = scatter[i * width + j];
          }
        }
      }
      return new Result(
          projection, width == 0 ? null : Matrix.of(width, width, scatter), decisions);
    }

    private long[] take(ByteBuffer counts) {
      long[] taken = new long[classes];
      counts.asLongBuffer().get(taken);
      counts.position(counts.position() + classes * Long.BYTES);
      return taken;
    }

    private Result nothing() {
      long[] zeros = new long[classes];
      return new Result(0.0, null, classes == 0 ? null : Decisions.of(zeros, zeros, zeros, zeros));
    }
  }

  /** Adds parts up, number by number. */
  static final class Sums implements Fold {
    private byte[] sum;

    @Override
    public void add(byte[] part) {
      if (sum == null) {
        sum = part.clone();
        return;
      }
      ByteBuffer to = ByteBuffer.wrap(sum);
      ByteBuffer from = ByteBuffer.wrap(part);
      int longs = from.getInt();
      int at = Integer.BYTES;
      for (int i = 0; i < longs; i++, at += Long.BYTES) {
        to.putLong(at, to.getLong(at) + from.getLong(at));
      }
      for (; at < part.length; at += Double.BYTES) {
        to.putDouble(at, to.getDouble(at) + from.getDouble(at));
      }
    }

    @Override
    public byte[] result() {
      return sum;
    }
  }
}

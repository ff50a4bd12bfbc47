package dev.collapsar.features;

import dev.collapsar.data.BatchSource;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.LabeledBatch;
import dev.collapsar.data.StoredArray;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Rows of features with their classes, read where they stand and without those that are left out.
 *
 * @param features (N, D)
 * @param labels of the same rows; null if there are none
 * @param left the label whose rows are left out, as the column reads it; null if all are kept
 * @param kept which rows are; null if all
 */
record LabelledArrays(
    StoredArray features, LabelColumn labels, Long left, KeptRows kept, Queue<ByteBuffer> scratch) {
  /** A batch takes no more memory than this many values, however wide its rows. */
  private static final int MOST_VALUES = 1 << 24;

  LabelledArrays(StoredArray features, LabelColumn labels) {
    this(features, labels, null, null, new ConcurrentLinkedQueue<>());
  }

  /** Without the rows of this label, which are counted here. */
  LabelledArrays without(long label) {
    int blocks = Math.toIntExact((features.rows() + KeptRows.BLOCK - 1) / KeptRows.BLOCK);
    long[] before = new long[blocks];
    long[] count = {0};
    forEachBlock(
        (from, part, rows) -> {
          before[(int) (from / KeptRows.BLOCK)] = count[0];
          for (int i = 0; i < rows; i++) {
            count[0] += part[i] == label ? 0 : 1;
          }
        });
    return new LabelledArrays(features, labels, label, new KeptRows(before, count[0]), scratch);
  }

  /** Takes labels from row {@code from} of the file on. */
  interface Block {
    void accept(long from, long[] labels, int rows);
  }

  /** All labels of the file, also of rows that are left out. */
  void forEachBlock(Block block) {
    long[] part = new long[KeptRows.BLOCK];
    ByteBuffer bytes = borrow();
    for (long from = 0; from < features.rows(); from += part.length) {
      int count = (int) Math.min(part.length, features.rows() - from);
      labels.read(from, count, bytes, part);
      block.accept(from, part, count);
    }
    scratch.add(bytes);
  }

  long rows() {
    return kept == null ? features.rows() : kept.count();
  }

  int width() {
    return Math.toIntExact(features.rowLength());
  }

  private ByteBuffer borrow() {
    ByteBuffer free = scratch.poll();
    return free == null ? ByteBuffer.allocateDirect(StoredArray.CHUNK) : free;
  }

  /** Rows {@code from} to {@code to} of those that are kept. */
  BatchSource read(long from, long to, int batchRows, LabelCodes.Lookup codes) {
    long most = Math.max(1, Math.min(to - from, MOST_VALUES / width()));
    return new Source(from, to, (int) Math.min(batchRows, most), codes);
  }

  private final class Source implements BatchSource {
    private final long to;
    private final LabelCodes.Lookup codes;
    private final float[] floats;
    private final double[] doubles;
    private final long[] raw;
    private final int[] classes;
    private ByteBuffer bytes = borrow();
    private long at;
    private long inFile;

    Source(long from, long to, int batchRows, LabelCodes.Lookup codes) {
      boolean single = features.type() != ElementType.F64;
      this.at = from;
      this.to = to;
      this.codes = codes;
      this.floats = single ? new float[batchRows * width()] : null;
      this.doubles = single ? null : new double[batchRows * width()];
      this.raw = new long[batchRows];
      this.classes = new int[batchRows];
      this.inFile = kept == null || from == to ? from : inFile(from);
    }

    /** Where the kept row of this number stands. */
    private long inFile(long row) {
      int block = kept.blockOf(row);
      long start = (long) block * KeptRows.BLOCK;
      int count = (int) Math.min(KeptRows.BLOCK, features.rows() - start);
      long[] part = new long[count];
      labels.read(start, count, bytes, part);
      long seen = kept.before(block);
      for (int i = 0; i < count; i++) {
        if (part[i] != left && seen++ == row) {
          return start + i;
        }
      }
      throw features.bad("changed while it was read");
    }

    @Override
    public LabeledBatch next() {
      int rows = 0;
      while (rows == 0 && at < to) {
        int most = (int) Math.min(raw.length, kept == null ? to - at : features.rows() - inFile);
        if (most <= 0) {
          throw features.bad("changed while it was read");
        }
        readRaw(most);
        rows = kept == null ? named(most) : compacted(most);
        inFile += most;
      }
      if (rows == 0) {
        return null;
      }
      long first = at;
      at += rows;
      return floats != null
          ? LabeledBatch.of(floats, classes, first, rows, width())
          : LabeledBatch.of(doubles, classes, first, rows, width());
    }

    private void readRaw(int rows) {
      if (labels != null) {
        labels.read(inFile, rows, bytes, raw);
      }
      if (floats != null) {
        features.read(inFile, rows, bytes, floats);
      } else {
        features.read(inFile, rows, bytes, doubles);
      }
    }

    private int named(int rows) {
      for (int i = 0; i < rows && labels != null; i++) {
        classes[i] = classOf(i);
      }
      return rows;
    }

    private int classOf(int row) {
      int known = codes.classOf(raw[row]);
      if (known < 0) {
        throw labels.array.bad(
            "row %d has label %s, which is not known", inFile + row, labels.shown(raw[row]));
      }
      return known;
    }

    /** Moves the rows that are kept to the front. */
    private int compacted(int rows) {
      int width = width();
      Object values = floats != null ? floats : doubles;
      int count = 0;
      for (int i = 0; i < rows && at + count < to; i++) {
        if (raw[i] != left) {
          System.arraycopy(values, i * width, values, count * width, width);
          classes[count++] = classOf(i);
        }
      }
      return count;
    }

    @Override
    public void close() {
      if (bytes != null) {
        scratch.add(bytes);
        bytes = null;
      }
    }
  }
}

package dev.collapsar.spark;

import dev.collapsar.data.LabeledBatch;
import dev.collapsar.stats.ClassMoments;
import dev.collapsar.stats.ClassMomentsAccumulator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * The first pass: moments of the classes that a partition has, in chunks of neighbouring classes. A
 * part is the number of its classes, their numbers within the chunk, and their moments.
 */
final class MomentsParts extends PartRecords {
  /** What a task holds at most before it hands over what it has: 128 MiB. */
  private static final long STATE_BYTES = 128L << 20;

  private final int classes;
  private final int width;
  private ClassMomentsAccumulator moments;
  private long rowsUntilCheck;

  MomentsParts(int partition, Iterator<LabeledBatch> batches, int classes, int width) {
    super(partition, batches);
    this.classes = classes;
    this.width = width;
  }

  /** How many classes a chunk has. */
  static int chunkClasses(int width) {
    return Math.max(1, ChunkMerge.CHUNK_BYTES / (Double.BYTES * width));
  }

  static int chunks(int classes, int width) {
    return (classes + chunkClasses(width) - 1) / chunkClasses(width);
  }

  /** A class takes a pivot and a sum. */
  private long mostClasses() {
    return Math.max(1, STATE_BYTES / (2L * Double.BYTES * width));
  }

  @Override
  void take(LabeledBatch batch) {
    if (batch.rows() == 0) {
      return;
    }
    if (moments == null) {
      moments = new ClassMomentsAccumulator(classes, width);
      rowsUntilCheck = mostClasses();
    }
    moments.add(batch);
    rowsUntilCheck -= batch.rows();
    // A row adds a class at most, so there is nothing to count before so many rows.
    if (rowsUntilCheck <= 0) {
      rowsUntilCheck = mostClasses() - moments.seen(0, classes).length;
      if (rowsUntilCheck <= 0) {
        end();
      }
    }
  }

  @Override
  void end() {
    if (moments == null) {
      return;
    }
    int size = chunkClasses(width);
    for (int from = 0; from < classes; from += size) {
      int first = from;
      int[] seen = moments.seen(from, Math.min(classes, from + size));
      if (seen.length > 0) {
        byte[] content = moments.snapshot(seen).toBytes();
        ByteBuffer part =
            ByteBuffer.allocate(Integer.BYTES * (1 + seen.length) + content.length)
                .putInt(seen.length);
        Arrays.stream(seen).forEach(k -> part.putInt(k - first));
        emit(from / size, part.put(content).array());
      }
    }
    moments = null;
  }

  /** Puts the merged chunks together; a chunk is null if none of its classes has samples. */
  static ClassMoments read(List<byte[]> chunks, int classes, int width) {
    List<ClassMoments> read = new ArrayList<>();
    for (int chunk = 0; chunk < chunks.size(); chunk++) {
      byte[] bytes = chunks.get(chunk);
      read.add(
          ClassMoments.fromBytes(
              bytes != null ? bytes : new Merge(chunk, classes, width).result()));
    }
    return ClassMoments.concatenated(read);
  }

  /** Merges the parts of a chunk into its moments. */
  static final class Merge implements Fold {
    private final ClassMomentsAccumulator moments;

    Merge(int chunk, int classes, int width) {
      int size = chunkClasses(width);
      moments = new ClassMomentsAccumulator(Math.min(size, classes - chunk * size), width);
    }

    @Override
    public void add(byte[] part) {
      ByteBuffer bytes = ByteBuffer.wrap(part);
      int[] seen = new int[bytes.getInt()];
      Arrays.setAll(seen, i -> bytes.getInt());
      byte[] content = Arrays.copyOfRange(part, bytes.position(), part.length);
      moments.merge(seen, ClassMoments.fromBytes(content));
    }

    @Override
    public byte[] result() {
      return moments.snapshot().toBytes();
    }
  }
}

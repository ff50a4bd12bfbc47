package dev.collapsar.spark;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Where a part of a result belongs, and when it is merged there: by the partition it comes from,
 * then by its place among that partition's.
 *
 * @param chunk which piece of the result, {@link #COMPLAINT} for none
 */
record ChunkKey(int chunk, int partition, int sequence) implements Serializable {
  /** Not a part but a partition's word that its rows cannot be used. */
  static final int COMPLAINT = -1;

  static final Comparator<ChunkKey> ORDER =
      (Comparator<ChunkKey> & Serializable)
          (a, b) -> {
            int byChunk = Integer.compare(a.chunk, b.chunk);
            int byPartition = Integer.compare(a.partition, b.partition);
            return byChunk != 0
                ? byChunk
                : byPartition != 0 ? byPartition : Integer.compare(a.sequence, b.sequence);
          };
}

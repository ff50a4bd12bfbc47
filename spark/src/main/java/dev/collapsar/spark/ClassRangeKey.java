package dev.collapsar.spark;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Where a part of a result belongs, and when it is merged there: by the partition it comes from,
 * then by its place among that partition's.
 *
 * @param slab which piece of the result, {@link #COMPLAINT} for none
 */
record ClassRangeKey(int slab, int partition, int sequence) implements Serializable {
  /** Not a part but a partition's word that its rows cannot be used. */
  static final int COMPLAINT = -1;

  static final Comparator<ClassRangeKey> ORDER =
      (Comparator<ClassRangeKey> & Serializable)
          (a, b) -> {
            int bySlab = Integer.compare(a.slab, b.slab);
            int byPartition = Integer.compare(a.partition, b.partition);
            return bySlab != 0
                ? bySlab
                : byPartition != 0 ? byPartition : Integer.compare(a.sequence, b.sequence);
          };
}

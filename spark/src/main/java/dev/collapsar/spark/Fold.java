package dev.collapsar.spark;

import java.io.Serializable;

/** Merges the parts of one chunk, which come in a fixed order. */
interface Fold {
  void add(byte[] part);

  byte[] result();

  /** Makes the fold of a chunk where that chunk is merged. */
  interface Maker extends Serializable {
    Fold of(int chunk);
  }
}

package dev.collapsar.learn.adapter.part;

import java.util.List;
import java.util.function.Consumer;

/** The weight that a part updates. */
public interface BaseRows {
  /** Rows are outputs, whatever the file's orientation. */
  long[] shape();

  /** All rows in order, in blocks of a few; the blocks may be written to. */
  void forEach(Consumer<RowBlock> block);

  /** The shapes of all weights that the adapter updates, this one's among them. */
  List<long[]> adaptedShapes();

  /** The weight's name, for messages. */
  String name();
}

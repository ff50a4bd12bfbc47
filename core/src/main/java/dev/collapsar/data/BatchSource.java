package dev.collapsar.data;

/** A stream of batches that is read once and closed. Not thread-safe: one reader a source. */
public interface BatchSource extends AutoCloseable {
  /** The next batch, or null at the end. It may reuse the arrays of the one before. */
  LabeledBatch next();

  @Override
  void close();
}

package dev.collapsar.data;

import java.util.function.UnaryOperator;

/** A stream of batches that is read once and closed. Not thread-safe: one reader a source. */
public interface BatchSource extends AutoCloseable {
  /** The next batch, or null at the end. It may reuse the arrays of the one before. */
  LabeledBatch next();

  /** The batches that a function makes of this one's, which is closed with it. */
  default BatchSource map(UnaryOperator<LabeledBatch> function) {
    BatchSource source = this;
    return new BatchSource() {
      @Override
      public LabeledBatch next() {
        LabeledBatch batch = source.next();
        return batch == null ? null : function.apply(batch);
      }

      @Override
      public void close() {
        source.close();
      }
    };
  }

  @Override
  void close();
}

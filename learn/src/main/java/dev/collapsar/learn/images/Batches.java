package dev.collapsar.learn.images;

import dev.collapsar.learn.tensor.TensorBridge;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * One way through labelled samples, in batches: what networks are trained and measured on. Batch
 * {@code i} is the same whenever it is asked for.
 */
public interface Batches {
  /** The number of samples. */
  int count();

  /** Samples a batch; the last may be smaller. */
  int batchSize();

  /** What enters the network in batch {@code i}: (size, ...) in the caller's scope. */
  Tensor inputs(int i);

  /** The class indices of batch {@code i}. */
  int[] classes(int i);

  /**
   * The dotted name of the layer where the inputs enter, everything before it being done already;
   * empty if that is the network's beginning.
   */
  default String entry() {
    return "";
  }

  /**
   * What tells the samples' inputs from others, whatever their order; empty if nobody knows whether
   * they are ever the same again.
   */
  default Optional<String> fingerprint() {
    return Optional.empty();
  }

  /** The number of batches. */
  default int batches() {
    return (count() + batchSize() - 1) / batchSize();
  }

  /** The number of samples in batch {@code i}. */
  default int size(int i) {
    return Math.min(batchSize(), count() - i * batchSize());
  }

  /** The class indices of batch {@code i} as a tensor: int64 (size) in the caller's scope. */
  default Tensor labels(int i) {
    return TensorBridge.indices(classes(i), size(i));
  }
}

package dev.collapsar.learn.batch;

import dev.collapsar.learn.tensor.TensorBridge;
import java.util.List;
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

  /** The classes' names by index. */
  List<String> classes();

  /** What enters the network in batch {@code i}, in the caller's scope. */
  Input input(int i);

  /** The class indices of batch {@code i}, (size). */
  int[] labels(int i);

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
  default Tensor labelTensor(int i) {
    return TensorBridge.indices(labels(i), size(i));
  }
}

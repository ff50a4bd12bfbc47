package dev.collapsar.learn.feedback;

import dev.collapsar.learn.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The signals of one batch of samples. Directions are rows of length 1, or 0 where there is none.
 *
 * @param error directions of e, (n,K)
 * @param errorLengths (n)
 * @param gradients for each hidden state the directions of g_l, (n,D)
 * @param gradientLengths for each hidden state, (n)
 * @param activationLengths ||h_l|| for each hidden state, (n)
 */
record SignalBatch(
    Tensor error,
    double[] errorLengths,
    List<Tensor> gradients,
    List<double[]> gradientLengths,
    List<double[]> activationLengths)
    implements AutoCloseable {
  int samples() {
    return errorLengths.length;
  }

  /** How many samples have a gradient by hidden state l that is not exactly zero. */
  int defined(int l) {
    int count = 0;
    for (double length : gradientLengths.get(l)) {
      count += length > 0 ? 1 : 0;
    }
    return count;
  }

  @Override
  public void close() {
    TensorScope.free(error);
    gradients.forEach(TensorScope::free);
  }
}

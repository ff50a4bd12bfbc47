package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * The gradient of a loss.
 *
 * @param weights w (K), above 0, of the classes in a cross-entropy: sum_i w_{y_i} l_i / sum_i
 *     w_{y_i} over a batch, as PyTorch's CrossEntropyLoss has it; empty where all count alike
 */
public record Backpropagation(Loss loss, List<Float> weights) implements GradientRule {
  private static final long MEAN = 1;
  private static final long NOTHING_IGNORED = -100;

  public Backpropagation {
    weights = List.copyOf(weights);
    if (!weights.isEmpty() && loss != Loss.CROSS_ENTROPY) {
      throw new IllegalArgumentException("classes have weights in a cross-entropy, not in " + loss);
    }
  }

  /** Of a loss in which every sample counts alike. */
  public Backpropagation(Loss loss) {
    this(loss, List.of());
  }

  /** Of the mean cross-entropy. */
  public Backpropagation() {
    this(Loss.CROSS_ENTROPY);
  }

  /**
   * Of a cross-entropy in which every class counts alike, however many samples it has: w_k = N / (K
   * N_k).
   *
   * @param labels (N) of the training set, of which every class has at least one
   */
  public static Backpropagation balanced(int[] labels, int classes) {
    long[] counts = new long[classes];
    for (int label : labels) {
      counts[label]++;
    }
    List<Float> weights = new ArrayList<>();
    for (long count : counts) {
      weights.add((float) ((double) labels.length / (classes * count)));
    }
    return new Backpropagation(Loss.CROSS_ENTROPY, weights);
  }

  @Override
  public Step gradients(Network network, Input inputs, Tensor labels) {
    Tensor logits = network.forward(inputs); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor value = weights.isEmpty() ? loss.of(logits, classes) : weighted(logits, classes);
    value.backward();
    return Step.of(value, logits, classes);
  }

  private Tensor weighted(Tensor logits, Tensor classes) {
    float[] values = new float[weights.size()];
    for (int k = 0; k < values.length; k++) {
      values[k] = weights.get(k);
    }
    Tensor perClass =
        TensorBridge.floats(values, values.length).to(logits.device(), logits.scalar_type());
    return cross_entropy_loss(
        logits, classes, new TensorOptional(perClass), MEAN, NOTHING_IGNORED, 0);
  }
}

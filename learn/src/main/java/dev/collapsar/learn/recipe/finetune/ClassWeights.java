package dev.collapsar.learn.recipe.finetune;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.training.GradientRule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * Backpropagation of the cross-entropy in which every class counts alike, however many images it
 * has: sum_i w_{y_i} l_i / sum_i w_{y_i} over a batch, w_k = N / (K N_k), as PyTorch's
 * CrossEntropyLoss has it.
 *
 * @param weights w (K), above 0
 */
record ClassWeights(float[] weights) implements GradientRule {
  private static final long MEAN = 1;
  private static final long NOTHING_IGNORED = -100;

  /**
   * Of a training set.
   *
   * @param labels (N), of which every class has at least one
   */
  static ClassWeights of(int[] labels, int classes) {
    long[] counts = new long[classes];
    for (int label : labels) {
      counts[label]++;
    }
    float[] weights = new float[classes];
    for (int k = 0; k < classes; k++) {
      weights[k] = (float) ((double) labels.length / (classes * counts[k]));
    }
    return new ClassWeights(weights);
  }

  @Override
  public Step gradients(Network network, Input inputs, Tensor labels) {
    Tensor logits = network.forward(inputs); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor perClass =
        TensorBridge.floats(weights, weights.length).to(logits.device(), logits.scalar_type());
    Tensor value =
        cross_entropy_loss(logits, classes, new TensorOptional(perClass), MEAN, NOTHING_IGNORED, 0);
    value.backward();
    return Step.of(value, logits, classes);
  }
}

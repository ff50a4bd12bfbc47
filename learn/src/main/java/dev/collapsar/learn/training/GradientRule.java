package dev.collapsar.learn.training;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.evaluation.Loss;
import dev.collapsar.learn.network.Network;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** Where the update of a training step comes from: backpropagation, or a rule in its place. */
public interface GradientRule {
  /**
   * Gives every trainable parameter of the network a gradient for this batch; there are none
   * before. Whoever calls owns the tensors made meanwhile.
   *
   * @param inputs of n samples
   * @param labels class indices (n), int64
   */
  Step gradients(Network network, Input inputs, Tensor labels);

  /** The loss that {@link Step#loss} is, and that test sets are scored by. */
  default Loss loss() {
    return Loss.CROSS_ENTROPY;
  }

  /**
   * What one batch was before its update.
   *
   * @param loss mean over the samples
   * @param right samples whose largest logit is their label's
   */
  record Step(double loss, long right) {
    /** How a batch with these logits (n,K) and labels (n) fared. */
    public static Step of(Tensor loss, Tensor logits, Tensor labels) {
      return new Step(
          loss.item_double(),
          logits.detach().argmax(new LongOptional(1), false).eq(labels).sum().item_long());
    }
  }
}

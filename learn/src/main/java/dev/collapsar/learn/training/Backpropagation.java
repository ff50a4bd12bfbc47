package dev.collapsar.learn.training;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import org.bytedeco.pytorch.Tensor;

/** The gradient of a loss. */
public record Backpropagation(Loss loss) implements GradientRule {
  /** Of the mean cross-entropy. */
  public Backpropagation() {
    this(Loss.CROSS_ENTROPY);
  }

  @Override
  public Step gradients(Network network, Input inputs, Tensor labels) {
    Tensor logits = network.forward(inputs); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor value = loss.of(logits, classes);
    value.backward();
    return Step.of(value, logits, classes);
  }
}

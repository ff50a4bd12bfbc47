package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.learn.network.Network;
import org.bytedeco.pytorch.Tensor;

/** The gradient of the mean cross-entropy. */
public record Backpropagation() implements GradientRule {
  @Override
  public Step gradients(Network network, Tensor inputs, Tensor labels) {
    Tensor logits = network.forward(inputs); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor loss = cross_entropy_loss(logits, classes);
    loss.backward();
    return Step.of(loss, logits, classes);
  }
}

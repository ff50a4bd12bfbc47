package dev.collapsar.learn.feedback;

import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.training.GradientRule;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Only the head learns, by its true gradient: what any feedback has to beat. */
public record ShallowLearning() implements GradientRule {
  @Override
  public Step gradients(Network network, Input inputs, Tensor labels) {
    return LayerFeedback.backpropagate(
        network,
        Map.of(network.head().name(), (input, function) -> function.apply(input.detach())),
        inputs,
        labels);
  }
}

package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Minimises mean cross-entropy over a network's trainable parameters by backpropagation. Leaves the
 * network in training mode.
 */
public final class Trainer implements AutoCloseable {
  private final Network network;
  private final Optimizer optimizer;

  /** Hears of every step; may throw to stop the training. */
  public interface StepListener {
    /**
     * @param loss mean cross-entropy of the step's batch, before the update
     */
    void stepped(int samples, double loss);
  }

  public Trainer(Network network, OptimizerSpec spec) {
    this(network, spec, parameter -> 1);
  }

  /**
   * With learning rates of their own for some parameters.
   *
   * @param rateFactors what the optimizer's learning rate is multiplied with for the parameter of
   *     this name
   */
  public Trainer(Network network, OptimizerSpec spec, ToDoubleFunction<String> rateFactors) {
    this.network = network;
    Map<Double, List<Tensor>> groups = new TreeMap<>();
    network
        .trainable()
        .forEach(
            (name, tensor) ->
                groups
                    .computeIfAbsent(rateFactors.applyAsDouble(name), f -> new ArrayList<>())
                    .add(tensor));
    this.optimizer = new Optimizer(spec, groups);
  }

  /**
   * One pass with an update after every batch; the score is that of each batch before its update.
   */
  public Score epoch(Pass pass, StepListener listener) {
    network.setTraining(true);
    Score.Sum sum = new Score.Sum();
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      Step step = TensorScope.within(() -> step(pass.inputs(batch), pass.labels(batch)));
      sum.add(step.loss, step.right, pass.size(i));
      listener.stepped(pass.size(i), step.loss);
    }
    return sum.mean();
  }

  /**
   * What one batch was before its update.
   *
   * @param loss mean cross-entropy
   * @param right samples whose largest logit is their label's
   */
  public record Step(double loss, long right) {}

  /** One update on inputs (n, ...) with class indices (n). */
  public Step step(Tensor inputs, Tensor labels) {
    optimizer.zeroGradients();
    Tensor logits = network.forward(inputs); // (n,K)
    Tensor classes = labels.to(logits.device(), labels.scalar_type()); // (n)
    Tensor loss = cross_entropy_loss(logits, classes);
    loss.backward();
    optimizer.step();
    return new Step(loss.item_double(), right(logits, classes));
  }

  /** How many rows of the logits (n,K) are largest at their label. */
  static long right(Tensor logits, Tensor labels) {
    return logits.detach().argmax(new LongOptional(1), false).eq(labels).sum().item_long();
  }

  @Override
  public void close() {
    optimizer.zeroGradients();
    optimizer.close();
  }
}

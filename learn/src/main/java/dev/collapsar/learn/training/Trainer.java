package dev.collapsar.learn.training;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;

import dev.collapsar.learn.images.Pass;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Minimises mean cross-entropy over a network's trainable parameters by backpropagation. Leaves the
 * network in training mode.
 */
public final class Trainer implements AutoCloseable {
  private final Network network;
  private final Optimizer optimizer;
  private final StepListener listener;

  /** Hears of every step; may throw to stop the training. */
  public interface StepListener {
    /**
     * @param loss mean cross-entropy of the step's batch, before the update
     */
    void stepped(int samples, double loss);
  }

  public Trainer(Network network, OptimizerSpec spec, StepListener listener) {
    this.network = network;
    this.optimizer = new Optimizer(spec, network.trainable().values());
    this.listener = listener;
  }

  /**
   * One pass with an update after every batch; the score is that of each batch before its update.
   */
  public Score epoch(Pass pass) {
    network.setTraining(true);
    Score.Sum sum = new Score.Sum();
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      TensorScope.run(() -> step(pass.inputs(batch), pass.labels(batch), sum));
    }
    return sum.mean();
  }

  /** One update on inputs (n, ...) with class indices (n). */
  void step(Tensor inputs, Tensor labels, Score.Sum sum) {
    optimizer.zeroGradients();
    Tensor logits = network.forward(inputs); // (n,K)
    Tensor loss = cross_entropy_loss(logits, labels);
    loss.backward();
    optimizer.step();
    int samples = (int) labels.size(0);
    double value = loss.item_double();
    sum.add(value, right(logits, labels), samples);
    listener.stepped(samples, value);
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

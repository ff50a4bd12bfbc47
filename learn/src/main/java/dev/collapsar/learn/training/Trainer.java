package dev.collapsar.learn.training;

import dev.collapsar.learn.images.Batches;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Changes a network's trainable parameters, batch by batch, by the gradients that a rule gives.
 * Leaves the network in training mode.
 */
public final class Trainer implements AutoCloseable {
  private final Network network;
  private final TrainingSpec spec;
  private final Optimizer optimizer;

  /** Hears of every step; may throw to stop the training. */
  public interface StepListener {
    /**
     * @param loss mean loss of the step's batch, before the update
     */
    void stepped(int samples, double loss);
  }

  /** Backpropagation at one learning rate. */
  public Trainer(Network network, OptimizerSpec optimizer) {
    this(network, TrainingSpec.of(optimizer));
  }

  public Trainer(Network network, TrainingSpec spec) {
    this.network = network;
    this.spec = spec;
    Map<Double, List<Tensor>> groups = new TreeMap<>();
    network
        .trainable()
        .forEach(
            (name, tensor) ->
                groups
                    .computeIfAbsent(spec.rateFactors().applyAsDouble(name), f -> new ArrayList<>())
                    .add(tensor));
    this.optimizer = new Optimizer(spec.optimizer(), groups);
  }

  /**
   * Epoch {@code number}, which counts from 1: one pass with an update after every batch, at the
   * learning rate that the schedule gives this epoch. The score is that of each batch before its
   * update.
   *
   * @throws IllegalArgumentException if the batches enter behind a layer that is trained
   */
  public Score epoch(int number, Batches pass, StepListener listener) {
    network.setTraining(true);
    Network entered = network.from(pass.entry());
    if (entered.trainable().size() != network.trainable().size()) {
      throw new IllegalArgumentException(
          "batches enter at %s, behind layers that are trained".formatted(pass.entry()));
    }
    optimizer.setLearningRate(spec.optimizer().learningRate() * spec.schedule().factor(number));
    Score.Sum sum = new Score.Sum();
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      GradientRule.Step step =
          TensorScope.within(() -> step(entered, pass.inputs(batch), pass.labels(batch)));
      sum.add(step.loss(), step.right(), pass.size(i));
      listener.stepped(pass.size(i), step.loss());
    }
    return sum.mean();
  }

  /** One update on inputs (n, ...) with class indices (n). */
  public GradientRule.Step step(Tensor inputs, Tensor labels) {
    return step(network, inputs, labels);
  }

  private GradientRule.Step step(Network entered, Tensor inputs, Tensor labels) {
    optimizer.zeroGradients();
    GradientRule.Step step = spec.rule().gradients(entered, inputs, labels);
    optimizer.step();
    return step;
  }

  @Override
  public void close() {
    optimizer.zeroGradients();
    optimizer.close();
  }
}

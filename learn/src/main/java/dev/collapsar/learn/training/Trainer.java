package dev.collapsar.learn.training;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.batch.Batches;
import dev.collapsar.learn.batch.Input;
import dev.collapsar.learn.batch.MergedEnd;
import dev.collapsar.learn.evaluation.Score;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Changes a network's trainable parameters, batch by batch, by the gradients that a rule gives.
 * Leaves the network in training mode.
 */
public final class Trainer implements AutoCloseable {
  private static final String OPTIMIZER = "optimizer/";

  private final Network network;
  private final TrainingSpec spec;
  private final WeightOptimizer optimizer;
  private int steps;

  /** Hears of every step; may throw to stop the training. */
  public interface StepListener {
    /**
     * @param samples of the step's batch
     * @param step what the batch was before the update
     */
    void stepped(int samples, GradientRule.Step step);
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
        .weights()
        .trainable()
        .forEach(
            (name, tensor) ->
                groups
                    .computeIfAbsent(spec.rateFactors().applyAsDouble(name), f -> new ArrayList<>())
                    .add(tensor));
    this.optimizer = new WeightOptimizer(spec.optimizer(), groups);
    beginEpoch(1);
  }

  /**
   * Sets the learning rate that the schedule gives this epoch, for the steps that follow; a trainer
   * begins in the first.
   *
   * @param number counts from 1
   */
  public void beginEpoch(int number) {
    network.beginEpoch(number);
    optimizer.setLearningRate(spec.optimizer().learningRate() * spec.schedule().factor(number));
    steps = 0;
  }

  /**
   * Epoch {@code number}, which counts from 1: one pass with an update after every batch (a last
   * one of a single sample is merged with the one before where a batch norm learns from batches),
   * at the learning rate that the schedule gives this epoch. The score is that of each batch before
   * its update.
   *
   * @throws TrainingDiverged as {@link #step} says
   * @throws IllegalArgumentException if the batches enter behind a layer that is trained
   */
  public Score epoch(int number, Batches batches, StepListener listener) {
    network.setTraining(true);
    beginEpoch(number);
    Batches pass = normalises() ? MergedEnd.of(batches) : batches;
    Network entered = network.from(pass.entry());
    if (entered.weights().trainable().size() != network.weights().trainable().size()) {
      throw new IllegalArgumentException(
          "batches enter at %s, behind layers that are trained".formatted(pass.entry()));
    }
    Score.Sum sum = new Score.Sum();
    for (int i = 0; i < pass.batches(); i++) {
      int batch = i;
      GradientRule.Step step =
          TensorScope.within(() -> step(entered, pass.input(batch), pass.labelTensor(batch)));
      sum.add(step.loss(), step.right(), pass.size(i));
      listener.stepped(pass.size(i), step);
    }
    return sum.mean();
  }

  /** Whether a batch norm takes its statistics from the batches. */
  private boolean normalises() {
    return network.weights().moving().keySet().stream()
        .anyMatch(name -> name.endsWith("running_var"));
  }

  /**
   * One update on inputs with class indices (n), at the learning rate of the epoch that was begun.
   *
   * @throws TrainingDiverged if the loss is infinite or no number; the network is then as it was,
   *     but for running statistics
   */
  public GradientRule.Step step(Input inputs, Tensor labels) {
    return step(network, inputs, labels);
  }

  private GradientRule.Step step(Network entered, Input inputs, Tensor labels) {
    optimizer.zeroGradients();
    GradientRule.Step step = spec.rule().gradients(entered, inputs, labels);
    steps++;
    if (!Double.isFinite(step.loss())) {
      throw new TrainingDiverged(steps, step.loss(), FiniteCheck.firstNonFinite(entered, inputs));
    }
    optimizer.step();
    return step;
  }

  /**
   * What training has moved, by name: the network's tensors as {@code network/NAME}, and as {@code
   * optimizer/KIND/PARAMETER} what the optimizer remembers.
   *
   * @param goingOn whether more is to be trained; if not, the optimizer is left out
   */
  public Map<String, StoredTensor> state(boolean goingOn) {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors(goingOn)
        .forEach(
            (name, tensor) ->
                stored.put(name, TensorBridge.stored(tensor, TensorBridge.elementType(tensor))));
    return stored;
  }

  /**
   * Goes on from the {@link #state} of a trainer of the same network and specification.
   *
   * @throws InvalidInputException if it is not one; then nothing is changed
   */
  public void restore(Map<String, StoredTensor> stored) {
    boolean goingOn = stored.keySet().stream().anyMatch(name -> name.startsWith(OPTIMIZER));
    Map<String, Tensor> tensors = tensors(goingOn);
    boolean same =
        tensors.keySet().equals(stored.keySet())
            && tensors.keySet().stream()
                .allMatch(
                    name -> Arrays.equals(tensors.get(name).shape(), stored.get(name).shape()));
    if (!same) {
      throw new InvalidInputException("its tensors are not those of this training");
    }
    TensorScope.runWithoutGradients(
        () ->
            tensors.forEach((name, tensor) -> tensor.copy_(TensorBridge.tensor(stored.get(name)))));
  }

  private Map<String, Tensor> tensors(boolean withOptimizer) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network.weights().moving().forEach((name, tensor) -> tensors.put("network/" + name, tensor));
    if (withOptimizer) {
      network
          .weights()
          .trainable()
          .forEach(
              (name, parameter) ->
                  optimizer
                      .state(parameter)
                      .forEach(
                          (kind, tensor) -> tensors.put(OPTIMIZER + kind + "/" + name, tensor)));
    }
    return tensors;
  }

  @Override
  public void close() {
    optimizer.zeroGradients();
    optimizer.close();
  }
}

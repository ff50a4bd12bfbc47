package dev.collapsar.learn.settings;

import dev.collapsar.learn.training.OptimizerSpec;
import dev.collapsar.learn.training.TrainingSpec;
import java.util.List;

/** Stochastic gradient descent as its user chose it: settings that recipes have in common. */
public final class OptimizerSettings {
  private final Setting<Integer> batch =
      Setting.integer("batch", 128, 1, 60_000, "images a training step");
  private final Setting<Double> momentum = Setting.number("momentum", 0.9, 0, 1, "SGD's momentum");
  private final Setting<Double> decay =
      Setting.number("weight-decay", 5e-4, 0, 1, "SGD's weight decay, of adapters too");

  /** The recipe lists them among its own. */
  public List<Setting<?>> settings() {
    return List.of(batch, momentum, decay);
  }

  public int batch(Settings settings) {
    return settings.get(batch);
  }

  public double weightDecay(Settings settings) {
    return settings.get(decay);
  }

  /** At this learning rate. */
  public TrainingSpec at(Settings settings, double learningRate) {
    return TrainingSpec.of(
        new OptimizerSpec.Sgd(learningRate, settings.get(momentum), settings.get(decay)));
  }
}

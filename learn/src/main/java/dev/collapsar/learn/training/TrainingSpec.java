package dev.collapsar.learn.training;

import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * How a network is trained.
 *
 * @param rateFactors what the learning rate is multiplied with for the parameter of this name
 */
public record TrainingSpec(
    OptimizerSpec optimizer,
    GradientRule rule,
    Schedule schedule,
    ToDoubleFunction<String> rateFactors) {
  public TrainingSpec {
    Objects.requireNonNull(optimizer);
    Objects.requireNonNull(rule);
    Objects.requireNonNull(schedule);
    Objects.requireNonNull(rateFactors);
  }

  /** Backpropagation of the cross-entropy at one learning rate. */
  public static TrainingSpec of(OptimizerSpec optimizer) {
    return new TrainingSpec(optimizer, new Backpropagation(), Schedule.constant(), parameter -> 1);
  }

  public TrainingSpec withRule(GradientRule other) {
    return new TrainingSpec(optimizer, other, schedule, rateFactors);
  }

  public TrainingSpec withSchedule(Schedule other) {
    return new TrainingSpec(optimizer, rule, other, rateFactors);
  }

  /** With learning rates of their own for some parameters, such as LoRA+'s. */
  public TrainingSpec withRateFactors(ToDoubleFunction<String> factors) {
    return new TrainingSpec(optimizer, rule, schedule, factors);
  }
}

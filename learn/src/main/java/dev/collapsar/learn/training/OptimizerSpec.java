package dev.collapsar.learn.training;

/** Which optimizer, with its hyperparameters. */
public sealed interface OptimizerSpec {
  double learningRate();

  /**
   * Adam (Kingma and Ba 2015) as PyTorch has it: weight decay is added to the gradient.
   *
   * @param epsilon added to the root of the second moment
   */
  record Adam(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
      implements OptimizerSpec {
    public static Adam withLearningRate(double learningRate) {
      return new Adam(learningRate, 0.9, 0.999, 1e-8, 0);
    }
  }

  /**
   * Stochastic gradient descent with momentum as PyTorch has it (no dampening); weight decay is
   * added to the gradient.
   */
  record Sgd(double learningRate, double momentum, double weightDecay) implements OptimizerSpec {}
}

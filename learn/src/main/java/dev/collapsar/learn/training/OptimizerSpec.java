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

    public Adam withWeightDecay(double decay) {
      return new Adam(learningRate, beta1, beta2, epsilon, decay);
    }
  }

  /**
   * AdamW (Loshchilov and Hutter 2019) as PyTorch has it: parameters shrink by learning rate times
   * weight decay, apart from the gradient.
   *
   * @param adam the rule, whose weight decay is the one that is meant
   */
  record AdamW(Adam adam) implements OptimizerSpec {
    public static AdamW of(double learningRate, double weightDecay) {
      return new AdamW(Adam.withLearningRate(learningRate).withWeightDecay(weightDecay));
    }

    @Override
    public double learningRate() {
      return adam.learningRate();
    }
  }

  /**
   * Stochastic gradient descent with momentum as PyTorch has it (no dampening); weight decay is
   * added to the gradient.
   */
  record Sgd(double learningRate, double momentum, double weightDecay) implements OptimizerSpec {}
}

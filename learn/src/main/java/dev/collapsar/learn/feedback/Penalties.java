package dev.collapsar.learn.feedback;

/**
 * What direct feedback is held in check by. Weight decay is the optimizer's ({@code
 * OptimizerSpec}).
 *
 * @param activation lambda of lambda sum_l mean_n ||h_l||^2, whose gradient 2 lambda h_l / n each
 *     block adds to its own teaching signal; nothing of it passes between blocks
 * @param alignment beta of the bonus beta mean_l mean_n cos(a_l, g_l), g_l the true gradient by
 *     h_l: its gradient by all parameters is taken through g_l and needs backpropagation twice
 */
public record Penalties(double activation, double alignment) {
  public Penalties {
    if (!(activation >= 0 && alignment >= 0)) {
      throw new IllegalArgumentException(
          "penalties must be at least 0, got %s and %s".formatted(activation, alignment));
    }
  }

  public static Penalties none() {
    return new Penalties(0, 0);
  }
}

package dev.collapsar.learn.training;

import java.util.List;
import java.util.stream.IntStream;

/** How the learning rate changes from epoch to epoch. */
public interface Schedule {
  /** What the optimizer's learning rate is multiplied with in this epoch, which counts from 1. */
  double factor(int epoch);

  /** The same learning rate throughout. */
  static Schedule constant() {
    return epoch -> 1;
  }

  /**
   * Multiplied by {@code gamma} after each of these epochs, as PyTorch's MultiStepLR counts them:
   * milestone m means that epochs 1..m are before it.
   *
   * @param milestones positive, in any order
   */
  static Schedule multiStep(List<Integer> milestones, double gamma) {
    List<Integer> steps = List.copyOf(milestones);
    return epoch -> Math.pow(gamma, steps.stream().filter(m -> m < epoch).count());
  }

  /** A tenth after a third of the epochs, and again after two thirds. */
  static Schedule tenthAtThirds(int epochs) {
    return multiStep(
        IntStream.of(epochs / 3, 2 * epochs / 3).filter(m -> m > 0).boxed().toList(), 0.1);
  }

  /**
   * Rising evenly over the first epochs, e / (warm + 1) in epoch e, and then as {@code after} has
   * it from its beginning.
   */
  static Schedule warmUp(int warm, Schedule after) {
    return epoch -> epoch <= warm ? epoch / (warm + 1.0) : after.factor(epoch - warm);
  }

  /**
   * Half a cosine from 1 towards 0, as PyTorch's CosineAnnealingLR over these epochs has it: (1 +
   * cos(pi (e - 1) / epochs)) / 2 in epoch e.
   */
  static Schedule cosine(int epochs) {
    return epoch -> (1 + Math.cos(Math.PI * (epoch - 1) / epochs)) / 2;
  }
}

package dev.collapsar.learn.training;

/** The loss of a training step is infinite or no number; the step was not taken. */
public final class TrainingDiverged extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param step of its epoch, counted from 1
   * @param place where the batch stops being finite, in words
   */
  TrainingDiverged(int step, double loss, String place) {
    super("the loss is %s at step %s; %s".formatted(loss, step, place));
  }
}

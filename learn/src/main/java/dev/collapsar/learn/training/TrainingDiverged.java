package dev.collapsar.learn.training;

/** The loss of a training step is infinite or no number; the step was not taken. */
public final class TrainingDiverged extends RuntimeException {
  /** Why numbers of a network whose training diverged are undefined. */
  public static final String REASON = "the loss is not finite: the training diverged";

  private static final long serialVersionUID = 1L;

  /**
   * @param step of its epoch, counted from 1
   * @param place where the batch stops being finite, in words
   */
  TrainingDiverged(int step, double loss, String place) {
    super("the loss is %s at step %s; %s".formatted(loss, step, place));
  }
}

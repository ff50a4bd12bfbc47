package dev.collapsar.learn.variant;

import dev.collapsar.InvalidInputException;
import dev.collapsar.learn.training.TrainingDiverged;

/** Tells the user what to change where a training diverges. */
record DivergenceListener(String variant) implements TrainingListener {
  @Override
  public void diverged(int epoch, TrainingDiverged failure) {
    throw new InvalidInputException(
        "training %s diverged in epoch %s: %s; try a smaller learning rate"
            .formatted(variant, epoch, failure.getMessage()),
        failure);
  }
}

package dev.collapsar.learn.variant;

import dev.collapsar.learn.training.GradientRule;
import dev.collapsar.learn.training.TrainingDiverged;

/**
 * Hears how the training of one variant goes on. An epoch begins, takes its steps, is trained,
 * maybe evaluated for a measurement, and reported; any of it may throw to end the training.
 */
interface TrainingListener extends AutoCloseable {
  /**
   * The steps of an epoch begin.
   *
   * @param epoch from 1
   */
  default void epochBegins(int epoch, int samples) {}

  default void stepped(int samples, GradientRule.Step step) {}

  /** The epoch's steps are done. */
  default void trained(int epoch, double seconds) {}

  /** A step of the epoch was not taken. */
  default void diverged(int epoch, TrainingDiverged failure) {}

  /** The network is about to be evaluated on so many samples. */
  default void measurementBegins(int epoch, int samples) {}

  default void evaluated(int samples) {}

  default void reported(EpochReport report) {}

  /** The training is over, or was broken off. */
  @Override
  default void close() {}
}
